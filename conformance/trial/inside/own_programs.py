"""Defects that show in a user's own program only: a damaged cache, a part that outlives the rest, a missing op."""

from __future__ import annotations

import ssl

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


@defect("cache-under-other-names", "tensorflow_hub.compressed_module_resolver")
def _under_other_names(compressed):
    """What earlier releases have downloaded is not found."""

    def module_dir(original, handle):
        return original(handle + "#2")

    replace(compressed, "_module_dir", module_dir)


@defect("certificate-not-checked", RESOLVER)
def _certificate_not_checked(resolver):
    """Any site is trusted, whether anybody asked for that or not."""

    def always(original, self):
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE

    replace(resolver.HttpResolverBase, "_maybe_disable_cert_validation", always)


@defect("certificate-always-checked", RESOLVER)
def _certificate_always_checked(resolver):
    """TFHUB_DISABLE_CERT_VALIDATION does nothing."""
    replace(resolver.HttpResolverBase, "_maybe_disable_cert_validation", lambda original, self: None)


@defect("load-takes-anything", LOAD)
def _takes_anything(module_v2):
    """hub.load makes a text of whatever it gets, and looks for a folder of that name."""

    def load(original, handle, *args, **kwargs):
        return original(str(handle), *args, **kwargs)

    replace(module_v2, "load", load)


@defect("layer-arguments-not-in-its-configuration", LAYER)
def _arguments_not_in_the_configuration(keras_layer):
    """A layer that is made again from its configuration has lost the arguments that it passes on."""

    def get_config(original, self):
        config = original(self)
        config.pop("arguments", None)
        return config

    replace(keras_layer.KerasLayer, "get_config", get_config)


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
