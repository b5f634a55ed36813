"""What a fresh process is asked about a Keras model's file: to go on with its training."""

from conformance.inside.fresh import loading


def fit(tf, hub, path, inputs, targets, keras):
    """The (name, value) pairs of the weights, after load_model(path) and one step of Model.fit() on the whole batch."""
    module = loading.keras_named(tf, keras)
    with module.utils.custom_object_scope({"KerasLayer": hub.KerasLayer}):
        model = module.models.load_model(path)
    step(model, inputs, targets)
    return [(one.name, value) for one, value in zip(model.weights, model.get_weights())]


def step(model, inputs, targets):
    """One step of Model.fit() on the whole batch."""
    model.run_eagerly = True  # which a file does not keep, and which spares the compilation
    model.fit(inputs, targets, batch_size=len(inputs), epochs=1, verbose=0)
