"""Calls a loaded model in each form, and says what it computed as a dict of arrays."""

import importlib

import numpy as np

from conformance.inside.own_model.inputs import Spec
from conformance.inside.probe import Blocked


def specs_of(form):
    """The inputs of the signature that a form calls."""
    return [Spec(one["name"], one["dtype"], one["shape"], one["kind"]) for one in form["inputs"]]


def tensor(tf, array, spec):
    """An array as the kind of tensor that is asked for."""
    if spec.kind == "sparse":
        mask = np.asarray(array != b"" if spec.dtype == "string" else array != 0)
        values = array[mask]
        values = list(values) if spec.dtype == "string" else values
        return tf.SparseTensor(np.argwhere(mask).astype(np.int64), values, np.array(array.shape, np.int64))
    dense = (
        tf.constant(array.tolist() if array.size else [], tf.string, list(array.shape))
        if (spec.dtype == "string")
        else tf.constant(array, getattr(tf, spec.dtype))
    )
    if spec.kind in ("ragged", "composite"):
        return tf.RaggedTensor.from_tensor(dense)
    return dense


def tensors(tf, arrays, specs):
    """The tensors of a signature by the names of its inputs."""
    return {spec.name: tensor(tf, array, spec) for spec, array in zip(specs, arrays)}


def of_signature(tf, loaded, name, arrays, specs):
    """Calls a signature by the names of its inputs, and gives tensors by the names of its outputs.

    That of a TF1 model has no names for its inputs before TF 2.4, and asks for composite ones in parts.
    """
    function = loaded.signatures[name]
    known = function.structured_input_signature
    names = set(known[1]) if known else set()
    given = {}
    for spec, one in zip(specs, tensors(tf, arrays, specs).values()):
        if spec.kind == "sparse" and spec.name not in names:
            of_sparse = ("indices", "values", "dense_shape")
            given.update({"{}_{}".format(spec.name, part): getattr(one, part) for part in of_sparse})
        elif spec.name + "_component_0" in names:
            components = enumerate(tf.nest.flatten(one, expand_composites=True))
            given.update({"{}_component_{}".format(spec.name, number): part for number, part in components})
        else:
            given[spec.name] = one
    if known is None and len(given) == 1:
        return function(next(iter(given.values())))
    return function(**given)


def concrete(loaded, training=None):
    """One of the functions that `__call__` was saved as; with `training`, one that takes this value, if any does."""
    functions = getattr(loaded.__call__, "concrete_functions", None)
    if not functions:
        raise Blocked("The model can be called, but does not say with what: it has no concrete functions.")
    fitting = [one for one in functions if training is None or training in _constants(one)]
    return (fitting or functions)[0]


def takes_training(loaded):
    """Whether it distinguishes training from inference by an argument of `__call__`."""
    functions = getattr(loaded.__call__, "concrete_functions", None) or ()
    return any(True in _constants(one) for one in functions)


def _constants(function):
    positional, named = function.structured_input_signature
    return [one for one in list(positional) + list(named.values()) if isinstance(one, bool)]


def arguments(tf, function, inputs, rows=None):
    """What to call a concrete function's origin with: a tensor for each spec, everything else as it was traced."""
    positional, named = function.structured_input_signature
    leaves = tf.nest.flatten((positional, named), expand_composites=False)
    wanted = [spec_of(tf, one) for one in leaves]
    specs = [one for one in wanted if one is not None]
    arrays = iter(inputs.arrays(specs) if rows is None else inputs.arrays(specs, rows))
    filled = [one if spec is None else tensor(tf, next(arrays), spec) for one, spec in zip(leaves, wanted)]
    return tf.nest.pack_sequence_as((positional, named), filled, expand_composites=False)


def spec_of(tf, leaf):
    """The Spec of a TypeSpec; None of anything else."""
    for kind in ("Tensor", "SparseTensor", "RaggedTensor"):
        cls = getattr(tf, kind + "Spec", None)
        if cls is not None and isinstance(leaf, cls):
            shape = getattr(leaf, "shape", None)
            shape = leaf._shape if shape is None else shape
            dtype = getattr(leaf, "dtype", None) or leaf._dtype
            sizes = None if shape.rank is None else shape.as_list()
            kind = {"Tensor": "dense", "SparseTensor": "sparse", "RaggedTensor": "ragged"}[kind]
            return Spec(getattr(leaf, "name", None) or "", dtype.name, sizes, kind)
    return None


def flat(outputs, prefix=""):
    """A structure of tensors as a dict of them."""
    if isinstance(outputs, dict):
        found = {}
        for key in sorted(outputs, key=str):
            found.update(flat(outputs[key], "{}{}/".format(prefix, key)))
        return found
    if isinstance(outputs, (list, tuple)) and not hasattr(outputs, "_fields"):
        found = {}
        for number, one in enumerate(outputs):
            found.update(flat(one, "{}{}/".format(prefix, number)))
        return found
    return {} if outputs is None else {prefix.rstrip("/") or "output": outputs}


def parts(found):
    """A dict of tensors with the composite ones taken apart into dense ones."""
    dense = {}
    for name, one in found.items():
        if hasattr(one, "flat_values"):
            dense[name + "/values"] = one.flat_values
            dense[name + "/row_lengths"] = one.row_lengths()
        elif hasattr(one, "indices") and hasattr(one, "dense_shape"):
            for part in ("indices", "values", "dense_shape"):
                dense["{}/{}".format(name, part)] = getattr(one, part)
        else:
            dense[name] = one
    return dense


def arrays_of(outputs):
    """The arrays of eager tensors."""
    return {name: np.asarray(one) for name, one in parts(flat(outputs)).items()}


def computed(outputs, times=2):
    """The arrays of tensors of the default graph, computed several times in one session."""
    v1 = importlib.import_module("tensorflow.compat.v1")
    fetches = parts(flat(outputs))
    with v1.Session() as session:
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        return [session.run(fetches) for _ in range(times)]
