"""The page's claims on loading a TF2 SavedModel, named once: by call form, and within it by column.

Most probes try a call form in whichever mode the cell has, and so speak to its claim of each column; where a cell is in
one column, only that one applies.
"""

import pytest

from conformance.inside.probe import probe

LOAD = {
    "load": {"tf1": "tf2-savedmodel.load.tf1.hub-load", "tf2": "tf2-savedmodel.load.tf2.hub-load"},
    "KerasLayer": {"tf1": "tf2-savedmodel.load.tf1.keras-layer", "tf2": "tf2-savedmodel.load.tf2.keras-layer"},
}
HUB_LOAD = tuple(LOAD["load"].values())
KERAS_LAYER = tuple(LOAD["KerasLayer"].values())


def each_call_form(standing, columns=("tf1", "tf2")):
    """Parametrizes a probe with `form`, the name in hub of what loads the model; each with its claims."""
    return pytest.mark.parametrize(
        "form",
        [
            pytest.param(form, marks=probe(tuple(claims[column] for column in columns), standing))
            for form, claims in LOAD.items()
        ],
    )
