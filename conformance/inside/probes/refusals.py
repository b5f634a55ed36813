"""Clear, deliberate errors that several probes may meet: the class and a loose pattern, for @rejects."""

# hub says that a SavedModel is beyond this TensorFlow.
BEFORE_TF_115 = ("NotImplementedError", r"not implemented for TF|requires? (TF|tensorflow)")

# Keras 3 says that hub.KerasLayer, which is a layer of Keras 2, is none of its own.
NOT_A_LAYER_OF_KERAS_3 = ("ValueError", r"Only instances of .?keras\.Layer")

# Keras 3 says that Model.save writes files of its own format only.
NO_SAVEDMODELS = ("ValueError", r"extension|SavedModel")

# hub says that a TF1 Hub model cannot be trained through a KerasLayer.
NOT_TRAINABLE = ("ValueError", r"trainable.*(unsupported|not supported).*TF1 Hub")

# TensorFlow says that what builds a graph cannot be done eagerly.
NOT_EAGERLY = ("RuntimeError", r"eager")

# TensorFlow says that a function which captures a graph's tensor (a read of a reference variable) cannot be saved.
CAPTURES_GRAPH_TENSOR = ("ValueError", r"symbolic Tensor|captures graph tensor")

# What TensorFlow says of arguments that are not those of a function: seen in TensorFlow 2.0 to
# 2.21. Anything else would be an error that does not say what is wrong with the input.
BY_FUNCTION = (
    r"Could not find matching (concrete )?function to call|"
    r"incompatible with input_signature|does not match input_signature|pass arguments covered by it|"
    r"Binding inputs to tf\.function( `\w+`)? failed|"
    r"\w+\([\w ,*]*\) (got|takes|missing|specifies)|Function got an unexpected keyword|"
    r"Expected argument names|Expected at most \d+ positional arguments|Keyword arguments .* unknown|"
    r"expected argument #\d+.* to be a Tensor|All inputs to `ConcreteFunction`s must be Tensors"
)
