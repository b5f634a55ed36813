"""Probes of a user's own model: every call form that applies to its format, on inputs derived from its signatures."""
