"""Tests of what runs inside environments, on each Python that one may have; tox.ini runs them without TensorFlow."""
