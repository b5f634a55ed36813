"""What runs inside an environment on trial: the planted defects, each a patch of what is imported there.

Python 3.7 to 3.13, nothing but the standard library until a patched package is there.
"""
