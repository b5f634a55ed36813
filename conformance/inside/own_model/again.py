"""What a fresh process is asked about a model that was saved again."""

from conformance.inside.own_model import calls
from conformance.inside.own_model.inputs import Spec


def of_signature(tf, hub, path, signature, arrays, specs):
    """hub.load(path).signatures[signature] of those arrays."""
    loaded = hub.load(path)
    return calls.arrays_of(calls.of_signature(tf, loaded, signature, arrays, [Spec(*spec) for spec in specs]))
