"""Finds a pasted error again among those that the probes met, and says what is known about it."""
