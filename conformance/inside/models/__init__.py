"""The models that probes work with: their recipes, and what NumPy says they compute."""
