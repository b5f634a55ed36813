"""A user's own model, observed: what is tried on it, what came of that, and what it amounts to."""
