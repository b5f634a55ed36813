"""Orders of steps that failed once, tried first in every cell whatever the number of examples.

A run that finds one notes it in the observation, as in `fails for ('predict', 'fit')`, and keeps it in
reports/failing-examples.jsonl: put it here, below the name of its machine, and every later run tries it.
"""

KEPT = {
    # Every step once, and training before and after each: what any program is made of.
    "object": (("call", "train", "read", "write", "call_training", "train", "reload", "second_load", "train", "call"),),
    "layer": (("call", "train", "freeze", "call", "train", "thaw", "write", "train", "read", "call"),),
    "keras-model": (
        ("predict", "evaluate", "fit", "freeze", "fit", "thaw", "fit", "save", "write", "restore", "predict"),
    ),
    "module": (
        ("call", "evaluate", "train", "export", "save", "train", "restore", "call", "write", "train", "export", "call"),
    ),
}
