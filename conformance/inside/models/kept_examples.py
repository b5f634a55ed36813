"""Generated models that failed once, tried first in every cell whatever the number of examples.

A deep run (`--examples 100`) finds what a quick one does not. What it found is noted in the observation, as in
`fails for Blueprint(...)`: paste that in here, with the issue it was, and every later run tries it.
"""

from conformance.inside.models.generated import Blueprint

KEPT = (
    # One layer of everything, an empty batch after a full one: what the other examples share, in a single model.
    Blueprint(
        signature="serve",
        input="x",
        output="y",
        features=3,
        dtype="float32",
        layers=(("dense", 2, 7), ("relu",), ("shift", -2), ("reverse",)),
        batches=(3, 0),
    ),
)
