"""An op that no TensorFlow has, and its registration at run time, as the import of another package does it.

A package with an op of its own brings a compiled library that registers the op and its kernel. What registers them here
is TensorFlow's C API, called from Python: it needs no compiler, and does to a process what loading such a library does.
Registering cannot be undone, so whoever registers an op gives it a name that nobody else uses.
"""

import ctypes
import glob
import os

import numpy as np

_NUMBER = ctypes.c_int64
_POINTER = ctypes.c_void_p
_COMPUTE = ctypes.CFUNCTYPE(None, _POINTER, _POINTER)
_FLOAT = 1  # TF_FLOAT
_kept = []  # what TensorFlow may call for as long as the process lives


def library():
    """The library of this TensorFlow that has its C API for ops and kernels; None before TF 2.4 or so."""
    import tensorflow

    folder = os.path.dirname(tensorflow.__file__)
    names = ("libtensorflow_framework.so.*", os.path.join("python", "_pywrap_tensorflow_internal.so"))
    for path in [path for name in names for path in sorted(glob.glob(os.path.join(folder, name)))]:
        found = ctypes.CDLL(path)
        if hasattr(found, "TF_NewKernelBuilder") and hasattr(found, "TF_NewOpDefinitionBuilder"):
            return found
    return None


def register_matmul(name):
    """Registers the op `name`: the product of two matrices of float32, with the attributes that MatMul has."""
    api = library()
    status = _call(api, "TF_NewStatus", _POINTER)
    builder = _call(api, "TF_NewOpDefinitionBuilder", _POINTER, name.encode())
    for add, what in (
        ("Input", b"a: T"),
        ("Input", b"b: T"),
        ("Output", b"product: T"),
        ("Attr", b"transpose_a: bool = false"),
        ("Attr", b"transpose_b: bool = false"),
        ("Attr", b"grad_a: bool = false"),
        ("Attr", b"grad_b: bool = false"),
        ("Attr", b"T: {float}"),
    ):
        _call(api, "TF_OpDefinitionBuilderAdd" + add, None, _POINTER(builder), what)
    unknown = ctypes.cast(api.TF_ShapeInferenceContextSetUnknownShape, _POINTER)
    _call(api, "TF_OpDefinitionBuilderSetShapeInferenceFunction", None, _POINTER(builder), unknown)
    _call(api, "TF_RegisterOpDefinition", None, _POINTER(builder), _POINTER(status))
    _check(api, status)
    compute = _COMPUTE(lambda _, context: _product(api, context))
    _kept.append(compute)
    kernel = _call(
        api, "TF_NewKernelBuilder", _POINTER, name.encode(), b"CPU", None, ctypes.cast(compute, _POINTER), None
    )
    _call(api, "TF_RegisterKernelBuilder", None, name.encode(), _POINTER(kernel), _POINTER(status))
    _check(api, status)


def _product(api, context):
    """The kernel: computes with NumPy what it is given."""
    left, right = _input(api, context, 0), _input(api, context, 1)
    product = np.ascontiguousarray(left @ right, np.float32)
    shape = (_NUMBER * 2)(*product.shape)
    status = _call(api, "TF_NewStatus", _POINTER)
    output = _call(
        api,
        "TF_AllocateOutput",
        _POINTER,
        _POINTER(context),
        ctypes.c_int(0),
        ctypes.c_int(_FLOAT),
        shape,
        ctypes.c_int(2),
        ctypes.c_size_t(product.nbytes),
        _POINTER(status),
    )
    ctypes.memmove(_call(api, "TF_TensorData", _POINTER, _POINTER(output)), product.ctypes.data, product.nbytes)
    _call(api, "TF_DeleteTensor", None, _POINTER(output))
    _call(api, "TF_DeleteStatus", None, _POINTER(status))


def _input(api, context, number):
    """An input of the kernel, as a matrix of its own."""
    status, tensor = _call(api, "TF_NewStatus", _POINTER), _POINTER()
    _call(api, "TF_GetInput", None, _POINTER(context), ctypes.c_int(number), ctypes.byref(tensor), _POINTER(status))
    shape = [_call(api, "TF_Dim", _NUMBER, tensor, ctypes.c_int(axis)) for axis in range(2)]
    data = _call(api, "TF_TensorData", _POINTER, tensor)
    values = np.frombuffer((ctypes.c_float * (shape[0] * shape[1])).from_address(data), np.float32)
    matrix = values.reshape(shape).copy()
    _call(api, "TF_DeleteTensor", None, tensor)
    _call(api, "TF_DeleteStatus", None, _POINTER(status))
    return matrix


def _check(api, status):
    if _call(api, "TF_GetCode", ctypes.c_int, _POINTER(status)):
        raise OSError(_call(api, "TF_Message", ctypes.c_char_p, _POINTER(status)).decode())


def _call(api, name, gives, *arguments):
    function = getattr(api, name)
    function.restype = gives
    return function(*arguments)
