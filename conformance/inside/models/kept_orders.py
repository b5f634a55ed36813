"""Orders of steps that failed once, tried first in every cell whatever the number of examples.

A run that finds one notes it in the observation, as in `fails for ('predict', 'fit')`, and keeps it in
reports/failing-examples.jsonl: put it here, below the name of its machine, and every later run tries it.
"""

KEPT = {
    # What any program is made of: nearly every step once, and training before and after them.
    "object": (("call", "train", "read", "write", "call_training", "reload", "second_load", "train", "call"),),
    "layer": (("call", "train", "freeze", "call", "train", "thaw", "write", "train", "read", "call"),),
    "keras-model": (("predict", "fit", "freeze", "fit", "save", "write", "restore", "predict", "thaw", "fit"),),
    "module": (
        ("call", "evaluate", "train", "export", "save", "train", "restore", "call", "write", "train", "export", "call"),
    ),
}
