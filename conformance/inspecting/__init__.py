"""What a model is and where it can load, told from its files alone: nothing of it runs, and no TensorFlow is needed."""
