"""Defects that show in a user's own program only: a damaged cache, a part that outlives the rest, a missing op."""

from __future__ import annotations

from conformance.trial.inside.planting import defect, replace

LOAD = "tensorflow_hub.module_v2"
LAYER = "tensorflow_hub.keras_layer"
RESOLVER = "tensorflow_hub.resolver"


@defect("cache-damaged-stays-damaged", RESOLVER)
def _damaged_stays_damaged(resolver):
    """A folder that was in the cache once is given for ever, whether it is still there or not."""
    known = {}

    def atomic_download(original, handle, download_fn, module_dir, *args, **kwargs):
        if module_dir not in known:
            known[module_dir] = original(handle, download_fn, module_dir, *args, **kwargs)
        return known[module_dir]

    replace(resolver, "atomic_download", atomic_download)


@defect("cache-lock-for-ever", RESOLVER)
def _lock_for_ever(resolver):
    """A lock of another process is an error, whoever left it."""

    def wait(original, handle, lock_file, *args, **kwargs):
        raise RuntimeError("the model is being downloaded by another process")

    replace(resolver, "_wait_for_lock_to_disappear", wait)


@defect("layer-keeps-only-the-call", LAYER)
def _keeps_only_the_call(keras_layer):
    """A layer that somebody holds by its call alone loses what it has loaded."""

    def get_callable(original, self):
        found = original(self)
        self._func = None
        return found

    replace(keras_layer.KerasLayer, "_get_callable", get_callable)


@defect("load-hides-the-missing-op", LOAD)
def _hides_the_missing_op(module_v2):
    """The error of a load no longer says which op is missing."""

    def load(original, handle, tags=None, options=None):
        try:
            return original(handle, tags=tags, options=options) if options else original(handle, tags=tags)
        except Exception as error:
            if "not registered" in str(error):
                raise ValueError("the model cannot be loaded") from None
            raise

    replace(module_v2, "load", load)
