"""What runs inside an environment under test: the probes, and the pytest plugin that records what they observe.

Everything in this package runs on Python 3.7 to 3.13 and on pytest 7.4 to 9, with nothing installed but TensorFlow,
tensorflow_hub and the test runner.
"""
