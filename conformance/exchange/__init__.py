"""Models that one environment makes and another one uses: who can read whose, and what TensorFlow promises of it."""
