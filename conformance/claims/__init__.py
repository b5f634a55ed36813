"""What the page says, as data: `claims.toml` and its loader."""
