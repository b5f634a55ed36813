"""What the page and its companions say, as data: `page.toml`, `companions/*.toml` and their loader."""
