"""Places: how a model's folder is spelled and reached, and folders and caches that cannot be written."""

import os

import pytest

from conformance.inside import checks
from conformance.inside.probe import probe, public, rejects
from conformance.inside.probes import places, rights, steps, subjects
from conformance.inside.probes.api import v2

# What hub and TensorFlow say of a place in which no model lies.
NO_MODEL = (
    r"does not exist|incompatible/unknown type|[Nn]either 'saved_model\.pb'|[Nn]ot a directory|No such file"
    r"|Missing implementation that supports|[Ee]xpected a string|Unknown module spec type"
)


def refuses(test):
    """An error that speaks of the place is a clear refusal."""
    for class_name in ("OSError", "ValueError", "RuntimeError", "NotFoundError", "OpError"):
        test = rejects(class_name, NO_MODEL)(test)
    return test


@pytest.fixture
def place(source, tmp_path, monkeypatch):
    """Gives the handle that a row of a table makes."""

    def make(row):
        folder = tmp_path / "place"
        folder.mkdir()
        return row(source, str(folder), monkeypatch)

    return make


@probe("tf2-savedmodel.load.tf2.places", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(places.TAKEN))
@pytest.mark.parametrize("model", ["tf2-text"])
def test_load(tf, hub, role, place, way):
    """hub.load of a model with a vocabulary at such a place."""
    steps.check_inference_eagerly(tf, role, public(hub, "load")(place(places.TAKEN[way])))


@probe("tf2-savedmodel.load.tf2.places.refused", "literal", way="{way}")
@refuses
@pytest.mark.parametrize("way", sorted(places.REFUSED))
@pytest.mark.parametrize("model", ["tf2-text"])
def test_load_of_no_model(tf, hub, role, place, way):
    """hub.load of what is near a model, and none."""
    steps.check_inference_eagerly(tf, role, public(hub, "load")(place(places.REFUSED[way])))


@probe("tf1-hub.load.tf1.places", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(places.TAKEN))
@pytest.mark.parametrize("model", ["tf1-text"])
def test_module(tf, hub, run, role, place, way):
    """hub.Module of a module with a vocabulary at such a place."""
    steps.check_inference_in_graph(tf, run, role, public(hub, "Module")(place(places.TAKEN[way])))


@probe("tf1-hub.load.tf1.places.refused", "literal", way="{way}")
@pytest.mark.parametrize("way", sorted(places.REFUSED))
@pytest.mark.parametrize("model", ["tf1-text"])
def test_module_of_no_module(hub, place, way):
    """hub.Module of what is near a module, and none: an error that speaks of the place."""
    module = public(hub, "Module")
    checks.refused(lambda: module(place(places.REFUSED[way])), "Exception", NO_MODEL, "it is refused")


@probe("tf2-savedmodel.load.tf2.places.read-only", "literal", way="folder")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_load_from_a_folder_without_rights(tf, hub, role, source):
    """hub.load of a folder that can be read and not written."""
    with rights.readable_only(source):
        steps.check_inference_eagerly(tf, role, public(hub, "load")(source))


@probe("tf2-savedmodel.load.tf2.places.read-only", "literal", way="cache")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_load_from_a_cache_without_rights(tf, hub, role, site, hosted, cache):
    """hub.load of a handle that somebody else has downloaded into a cache that can be read and not written."""
    public(hub, "resolve")(hosted)
    with rights.readable_only(cache):
        steps.check_inference_eagerly(tf, role, hub.load(hosted))
    checks.holds(len(site.queries) == 1, "nothing is downloaded again", site.queries)


@probe("tf2-savedmodel.load.tf2.places.unwritable-cache", "literal")
@rejects("OpError", r"[Pp]ermission denied|Read-only")
@rejects("OSError", r"[Pp]ermission denied|Read-only")
@pytest.mark.parametrize("model", ["tf2-text"])
def test_download_into_a_cache_without_rights(tf, hub, role, hosted, cache):
    """hub.load of a handle while TFHUB_CACHE_DIR names a folder that cannot be written."""
    os.mkdir(cache)
    with rights.readable_only(cache):
        steps.check_inference_eagerly(tf, role, public(hub, "load")(hosted))


@probe("tf2-savedmodel.create.tf2.unwritable", "literal")
@rejects("OpError", r"[Pp]ermission denied|Read-only")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_save_without_rights(tf, hub, role, source, tmp_path):
    """tf.saved_model.save into a folder that cannot be written: refused, and nothing is left there."""
    target = tmp_path / "target"
    target.mkdir()
    loaded = public(hub, "load")(source)
    with rights.readable_only(str(target)):
        v2().saved_model.save(loaded, str(target / "model"))
    checks.holds(not os.listdir(str(target)), "it says nothing and saves nothing", os.listdir(str(target)))


@probe("tf1-hub.create.tf1.unwritable", "literal")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_export_without_rights(tf, hub, run, role, source, tmp_path):
    """Module.export into a folder that cannot be written: an error that says so, and nothing is left there."""
    target = tmp_path / "target"
    target.mkdir()
    module = public(hub, "Module")(source)
    run(module(steps.tensor(tf, subjects.batches(role)[0])))
    with rights.readable_only(str(target)):
        export = lambda: module.export(str(target / "model"), run.session)  # noqa: E731
        checks.refused(export, "OpError", r"[Pp]ermission denied|Read-only", "the export is refused")
    checks.holds(not os.listdir(str(target)), "nothing is left there", os.listdir(str(target)))
