"""A fresh process beside the one that runs the probes: it shares nothing with it but files."""
