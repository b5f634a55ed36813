"""A run in parts: shards that are measured anywhere, and merged into one judged whole."""
