"""TensorFlow's API levels, for probes that need another one than their mode's."""


def v2():
    """TensorFlow's v2 names, which TF 1.15 and compat mode offer as tensorflow.compat.v2."""
    import tensorflow.compat.v2

    return tensorflow.compat.v2
