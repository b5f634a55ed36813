"""Calls a loaded model in each form, and says what it computed as a dict of arrays."""

import importlib

import numpy as np

from conformance.inside.own_model.inputs import ROWS, Spec
from conformance.inside.probe import Blocked

_SAYS_WHERE = ("Graph execution error:", "Detected at node", "<stack traces", "Exception encountered when calling")


def specs_of(form):
    """The inputs of the signature that a form calls."""
    return [Spec(one["name"], one["dtype"], one["shape"], one["kind"]) for one in form["inputs"]]


def tensor(tf, array, spec, **ragged):
    """An array as the kind of tensor that is asked for; `ragged` is what tf.RaggedTensor.from_tensor is told."""
    if spec.kind == "sparse":
        mask = np.asarray(array != b"" if spec.dtype == "string" else array != 0)
        values = array[mask]
        values = list(values) if spec.dtype == "string" else values
        return tf.SparseTensor(np.argwhere(mask).astype(np.int64), values, np.array(array.shape, np.int64))
    dense = (
        tf.constant(array.tolist() if array.size else [], tf.string, list(array.shape))
        if (spec.dtype == "string")
        else tf.cast(tf.constant(array), getattr(tf, spec.dtype))  # NumPy has no bfloat16, nor others
    )
    if spec.kind in ("ragged", "composite"):
        return tf.RaggedTensor.from_tensor(dense, **ragged)
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
    filled = [
        one if spec is None else tensor(tf, next(arrays), spec, **_ragged(one)) for one, spec in zip(leaves, wanted)
    ]
    return tf.nest.pack_sequence_as((positional, named), filled, expand_composites=False)


def _ragged(leaf):
    """Which dimensions of a RaggedTensorSpec are ragged, and the type of its row splits."""
    rank, dtype = getattr(leaf, "_ragged_rank", None), getattr(leaf, "_row_splits_dtype", None)
    return {"ragged_rank": rank, "row_splits_dtype": dtype} if rank else {}


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
    if hasattr(outputs, "_fields"):
        outputs = {name: getattr(outputs, name) for name in outputs._fields}
    if isinstance(outputs, dict):
        found = {}
        for key in sorted(outputs, key=str):
            found.update(flat(outputs[key], "{}{}/".format(prefix, key)))
        return found
    if isinstance(outputs, (list, tuple)):
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


def fed(info, array):
    """What feeds an input of a signature of the default graph, by the names of its tensors."""
    encoding = info.WhichOneof("encoding")
    if encoding == "name":
        return {info.name: array}
    if encoding == "coo_sparse":
        places = np.argwhere(array != (b"" if array.dtype == object else 0))
        sparse = info.coo_sparse
        return {
            sparse.indices_tensor_name: places.astype(np.int64),
            sparse.values_tensor_name: array[tuple(places.T)],
            sparse.dense_shape_tensor_name: np.array(array.shape, np.int64),
        }
    raise Blocked("A composite input cannot be fed by the loader of TF1.")


def fetched(name, info):
    """The names of the tensors of an output of a signature, by what to call them."""
    encoding = info.WhichOneof("encoding")
    if encoding == "name":
        return {name: info.name}
    if encoding == "coo_sparse":
        of_sparse = ("indices", "values", "dense_shape")
        return {"{}/{}".format(name, part): getattr(info.coo_sparse, part + "_tensor_name") for part in of_sparse}
    return {"{}/{}".format(name, number): one.name for number, one in enumerate(info.composite_tensor.components)}


def _headline(error):
    """The first line of its text that says what is wrong: TensorFlow puts others above it, which say where."""
    lines = [line.strip() for line in str(error).split("\n") if line.strip()]
    return next((line for line in lines if not line.startswith(_SAYS_WHERE)), lines[0] if lines else "")


def try_other_batches(call, outputs, note):
    """A batch of one, and one of none, which many models do not take: it is noted, and no more."""
    for rows, name in ((1, "one row"), (0, "no row")):
        try:
            got = call(rows)
        except Exception as error:
            note("a batch of {} fails: {}: {}".format(name, type(error).__name__, _headline(error)))
            continue
        for key, array in got.items():
            whole = outputs[key]
            if array.dtype.kind != "f" or array.shape[1:] != whole.shape[1:] or whole.shape[:1] != (ROWS,):
                continue
            if array.shape[:1] != (rows,) or not np.allclose(array, whole[:rows], rtol=1e-3, atol=1e-4):
                note('a batch of {} gives another "{}" than its first row gives in {}'.format(name, key, ROWS))
