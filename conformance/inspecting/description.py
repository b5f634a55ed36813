"""What the files of a model tell of it."""

from __future__ import annotations

import msgspec

from conformance.words import Format, Word


class ModelFormat(Word):
    """What sort of model it is; finer than the page's two formats, since what can be done with it differs."""

    TF1_HUB = "tf1-hub"
    V1_SAVEDMODEL = "v1-savedmodel"  # signatures only
    TF2_OBJECTS = "tf2-objects"
    KERAS_2 = "keras-2"
    KERAS_3_EXPORT = "keras-3-export"

    @property
    def of_page(self) -> Format | None:
        """The page's format whose claims speak of such a model; None where it says nothing."""
        if self is ModelFormat.TF1_HUB:
            return Format.TF1_HUB
        return None if self is ModelFormat.V1_SAVEDMODEL else Format.TF2_SAVEDMODEL


class TensorSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tensor that a signature takes or gives.

    Attributes:
        dtype: as in Python: "float32".
        shape: null where the rank is not known; a dimension is null where its size is not.
        kind: "dense", "sparse", "ragged", or "composite" for any other composite tensor.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None
    kind: str = "dense"


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signature."""

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


class Content(Word):
    """What a text is that a model takes."""

    SENTENCE = "sentence"
    IMAGE = "image"  # the content of an image's file
    EXAMPLE = "example"  # a serialized tf.train.Example


class ExampleFeature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feature of the tf.train.Example messages that a model takes; `size` is how many values it has."""

    name: str
    dtype: str
    size: int


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the texts are that a model takes, as its ops let expect.

    Attributes:
        features: of the messages, where the texts are such.
        images: whether it decodes images: those features then hold them.
    """

    content: Content = Content.SENTENCE
    features: tuple[ExampleFeature, ...] = ()
    images: bool = False


class MetaGraph(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A graph with its tags.

    Attributes:
        producer: the GraphDef version of what wrote it; 0 where it is not said.
        min_consumer: the GraphDef version that it asks for at least.
    """

    tags: tuple[str, ...]
    signatures: tuple[Signature, ...]
    producer: int
    min_consumer: int
    nodes: int
    functions: int


class Asset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that the model reads when it is loaded; `bytes` is null where the file is missing."""

    name: str
    bytes: int | None


class Variables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is stored of the model's variables.

    Attributes:
        trainable: how many can be trained; null where the model does not say.
    """

    count: int
    bytes: int
    trainable: int | None
    dtypes: dict[str, int]


class Callable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be called on the loaded object, `__call__` for the object itself.

    Attributes:
        arguments: the names of its arguments.
        inputs: the tensors that the first of its concrete functions takes.
    """

    name: str
    arguments: tuple[str, ...]
    inputs: tuple[TensorSpec, ...] = ()


class SavedKeras(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What Keras left in the model.

    Attributes:
        version: "" where it is not said.
        root: the class that the root was saved as, e.g. "_tf_keras_sequential".
        compiled: whether a loss or an optimizer was saved with it.
    """

    version: str
    root: str
    compiled: bool


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the files of a model tell of it.

    Attributes:
        tensorflow: the version that wrote it; "" where it is not said.
        training: how it can be told to train: "argument" (of `__call__`), "tags" (a graph tagged "train"), or "".
        reusable: whether it has the interface that hub.KerasLayer trains: `__call__`, variables, trainable_variables.
        faults: what is wrong with its files, a sentence each.
        texts: what those are that it takes.
    """

    format: ModelFormat
    tensorflow: str
    tensorflow_git: str
    graphs: tuple[MetaGraph, ...]
    callables: tuple[Callable, ...]
    training: str
    reusable: bool
    variables: Variables
    assets: tuple[Asset, ...]
    keras: SavedKeras | None
    faults: tuple[str, ...]
    texts: Texts = Texts()
