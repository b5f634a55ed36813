"""The night: the nightlies and the release candidate against the newest release and the night before."""
