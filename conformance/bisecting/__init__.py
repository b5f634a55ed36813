"""Finds the version in which an outcome changed, by binary search over what the index offers, and whose doing it is."""
