"""The harness on trial: planted defects that it has to notice, and repeats that it has to agree with."""
