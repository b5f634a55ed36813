"""Conformance of TensorFlow Hub's "Model compatibility for TF1/TF2" page with what TensorFlow releases really do."""
