"""The roles that models play: what each computes, by NumPy alone, and which of its uses can be tried.

The name begins with the format: `tf1` is the TF1 Hub format, `v1` a SavedModel of TensorFlow 1's builder or Estimator,
`tf2` one that tf.saved_model.save or Keras wrote. What is made and what is expected of it is the same in every release.
"""

from collections import namedtuple

from conformance.inside.models import reference
from conformance.inside.models import reference_structures as structures
from conformance.inside.probes import subjects

Role = namedtuple("Role", "plays modes asset callable trains", defaults=(False, False, False))
Role.__doc__ = """What a role is.

plays: what it computes, as probes/subjects.py and `calls` know it.
modes: those in which its recipe can be tried.
asset: whether it reads a file, which has to travel with it.
callable: whether loading gives an object that can be called, with the same results as its signature.
trains: whether a step of training can be taken on it, as that object or, in the TF1 Hub format, as a graph.
"""

Call = namedtuple("Call", "signature inputs outputs")
Call.__doc__ = """One call of a signature: dicts of arrays by name; where there is one, its name does not matter."""

GRAPH, ALL, EAGER = ("tf1", "tf1-compat"), ("tf1", "tf1-compat", "tf2"), ("tf2",)

ROLES = {
    "tf1-dense": Role("dense", GRAPH, trains=True),
    "tf1-batchnorm": Role("batchnorm", GRAPH, trains=True),
    "tf1-signatures": Role("signatures", GRAPH),
    "tf1-text": Role("text", GRAPH, asset=True, trains=True),
    "v1-dense": Role("dense", GRAPH),
    "v1-text": Role("text", GRAPH, asset=True),
    "v1-text-stripped": Role("text", GRAPH, asset=True),
    "v1-estimator": Role("dense", GRAPH),
    "tf2-dense": Role("dense", ALL, callable=True, trains=True),
    "tf2-batchnorm": Role("batchnorm", ALL, callable=True, trains=True),
    "tf2-text": Role("text", ALL, asset=True, callable=True, trains=True),
    "tf2-signatures": Role("signatures", ALL),
    "tf2-image": Role("image", ALL),
    "tf2-lists": Role("lists", ALL),
    "tf2-encoder": Role("encoder", ALL),
    "tf2-preprocessor": Role("preprocessor", EAGER),
    "tf2-table": Role("table", EAGER),
    "tf2-keras": Role("keras", EAGER),
    "tf2-keras-save": Role("keras", EAGER, callable=True, trains=True),
    "tf2-keras-export": Role("keras", EAGER),
}


def default_signature(name):
    """What the main signature of a role is called."""
    return "default" if name.startswith("tf1-") else "serving_default"


def calls(name):
    """The calls that are tried of a role."""
    signature, plays = default_signature(name), ROLES[name].plays
    if plays == "signatures":
        return _signatures(signature)
    if plays == "image":
        given = [structures.PICTURES, structures.OTHER_PICTURES]
        return [Call(signature, {"images": one}, {"outputs": structures.image(one)}) for one in given]
    if plays == "lists":
        expected = structures.lists(reference.INPUTS, structures.NUMBERS)
        outputs = {"output_{}".format(number): one for number, one in enumerate(expected)}
        return [Call(signature, {"features": reference.INPUTS, "numbers": structures.NUMBERS}, outputs)]
    if plays == "encoder":
        return [Call(signature, structures.TOKENS, structures.encoder(structures.TOKENS))]
    if plays == "table":
        return [Call(signature, {"words": structures.WORDS}, {"numbers": structures.numbered(structures.WORDS)})]
    if plays == "preprocessor":
        return [Call(signature, {"sentences": reference.SENTENCES}, structures.packed(reference.SENTENCES, 4))]
    return [
        Call(signature, {"inputs": batch}, {"outputs": subjects.outputs(plays, batch)})
        for batch in subjects.batches(plays)
    ]


def _signatures(default):
    left, right = reference.INPUTS, reference.INPUTS[::-1]
    return [
        Call(default, {"inputs": left}, {"default": reference.product(left)}),
        Call("double", {"inputs": left}, reference.doubled(left)),
        Call("pair", {"left": left, "right": right}, reference.paired(left, right)),
    ]
