"""Which TensorFlow releases are tried and how their virtualenvs come about: `releases.toml`, `locks/`, their tools."""
