"""Handles: archives over HTTP, the cache, what hub.resolve gives, and what is no handle."""

import contextlib
import hashlib
import os
import shutil
import ssl
import tempfile

import pytest

from conformance.inside import checks
from conformance.inside.fresh import loading
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps, subjects

MODELS = ["tf2-dense", "tf2-text"]
UNTRUSTED = os.path.join(os.path.dirname(__file__), "untrusted.pem")


@pytest.fixture
def cache_filled_before(cache, handle, hosted):
    """A cache with the golden model in it, where every release so far has kept it.

    People fill one by hand, for a machine without a network, and use what an older release has downloaded.
    """
    name = hashlib.sha1(hosted.encode()).hexdigest()  # noqa: S324 - no secret: it is the name that tensorflow_hub gives
    shutil.copytree(handle, os.path.join(cache, name))
    return cache


@probe("tf2-savedmodel.load.tf2.http", "literal")
@pytest.mark.parametrize("model", MODELS)
def test_load_over_http(tf, hub, site, hosted, cache, role):
    """hub.load("http://.../publisher/model/1") asks for tf-hub-format=compressed, and loads the archive it gets."""
    steps.check_inference_eagerly(tf, role, public(hub, "load")(hosted))
    checks.holds(site.queries == [{"tf-hub-format": ["compressed"]}], "it asks for an archive, once", site.queries)


@probe("tf2-savedmodel.load.tf2.http", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_keras_layer_over_http(tf, hub, hosted, cache, role):
    """hub.KerasLayer("http://.../publisher/model/1")."""
    steps.check_inference_eagerly(tf, role, public(hub, "KerasLayer")(hosted))


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-dense", "tf1-text"])
def test_module_over_http(tf, hub, run, site, hosted, cache, role):
    """hub.Module("http://.../publisher/model/1"), twice in a graph: the archive is downloaded once, and cached."""
    batch = subjects.batches(role)[0]
    modules = [public(hub, "Module")(hosted) for _ in range(2)]
    for got in run([module(steps.tensor(tf, batch)) for module in modules]):
        checks.equal(got, subjects.outputs(role, batch), "inference equals NumPy's")
    checks.holds(site.queries == [{"tf-hub-format": ["compressed"]}], "it asks for an archive, once", site.queries)
    found = [folder for folder, _, files in os.walk(cache) if "tfhub_module.pb" in files]
    checks.holds(len(found) == 1, "the model lies in the cache", found)


@probe("tf2-savedmodel.load.tf2.http.certificate", "literal", way="untrusted")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_a_certificate_that_nobody_trusts(hub, fresh_processes, site, hosted, cache, role):
    """A site whose certificate nobody vouches for is refused; a program that was told not to look loads from it.

    It has to be told before tensorflow_hub is imported, which makes what opens the connections.
    """
    _encrypt(site)
    handle = hosted.replace("http:", "https:")
    refusal = "URLError", "CERTIFICATE_VERIFY_FAILED", "it is refused"
    checks.refused(lambda: public(hub, "load")(handle), *refusal)
    checks.holds(not site.queries, "nothing was asked", site.queries)
    told = {"TFHUB_DISABLE_CERT_VALIDATION": "true", "TFHUB_CACHE_DIR": cache, "no_proxy": "127.0.0.1"}
    process = fresh_processes.get("trusting", environment=told)
    try:
        batches = subjects.batches(role)
        found = process.ask(loading.hub_load, handle, batches)
    finally:
        process.close()
    for got, batch in zip(found["outputs"], batches):
        checks.equal(got, subjects.outputs(role, batch), "inference equals NumPy's")


@probe("tf2-savedmodel.load.tf2.http", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_load_of_what_is_not_there(hub, site, hosted, cache):
    """A handle that the site does not know is an error, and leaves nothing in the cache that a later load would use."""
    missing = site.handle_of("publisher/missing/1")
    for _ in range(2):
        checks.refused(lambda: public(hub, "load")(missing), "HTTPError", "404", "a missing model is an error")
    checks.holds(len(site.queries) == 2, "the failure is not cached", site.queries)


@probe("tf2-savedmodel.load.tf2.cache-dir", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_cache_dir(tf, hub, site, hosted, cache, role):
    """With TFHUB_CACHE_DIR set, the model lands in that folder, and a second load needs no download."""
    public(hub, "load")(hosted)
    found = [folder for folder, _, files in os.walk(cache) if "saved_model.pb" in files]
    checks.holds(len(found) == 1, "the model lies in the cache", found)
    site.archives.clear()
    steps.check_inference_eagerly(tf, role, public(hub, "load")(hosted))
    checks.holds(len(site.queries) == 1, "the second load asks for nothing", site.queries)


@probe("tf2-savedmodel.load.tf2.cache-dir", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_cache_filled_before(tf, hub, site, hosted, cache_filled_before, role):
    """A model in the folder of the cache that the SHA-1 of its handle names: hub.load asks the site for nothing."""
    steps.check_inference_eagerly(tf, role, public(hub, "load")(hosted))
    checks.holds(not site.queries, "it asks for nothing", site.queries)


@probe("tf1-hub.load.tf1.module", "implied")
@pytest.mark.parametrize("model", ["tf1-dense"])
def test_module_from_a_cache_filled_before(tf, hub, run, site, hosted, cache_filled_before, role):
    """A module in the folder of the cache that the SHA-1 of its handle names: hub.Module asks the site for nothing."""
    batch = subjects.batches(role)[0]
    got = run(public(hub, "Module")(hosted)(steps.tensor(tf, batch)))
    checks.equal(got, subjects.outputs(role, batch), "inference equals NumPy's")
    checks.holds(not site.queries, "it asks for nothing", site.queries)


@probe("tf2-savedmodel.load.tf2.cache-dir", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_cache_tells_versions_apart(tf, hub, site, hosted, cache, handle, role):
    """Another version of the model is downloaded on its own."""
    site.archives["publisher/model/2"] = site.archives["publisher/model/1"]
    other = site.handle_of("publisher/model/2")
    first, second = public(hub, "resolve")(hosted), public(hub, "resolve")(other)
    checks.holds(first != second, "two versions have two places in the cache", (first, second))
    checks.holds(len(site.queries) == 2, "each version is downloaded", site.queries)


@probe("tf2-savedmodel.load.tf2.resolve", "literal")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_resolve(tf, hub, hosted, cache, handle, role):
    """hub.resolve(handle): a folder is itself; a model over HTTP is its folder in the cache, from which it loads."""
    resolve = public(hub, "resolve")
    checks.holds(resolve(handle) == handle, "a folder resolves to itself", resolve(handle))
    folder = resolve(hosted)
    inside = os.path.realpath(folder).startswith(os.path.realpath(cache) + os.sep)
    checks.holds(inside, "a model over HTTP resolves to a folder in the cache", folder)
    checks.holds(os.path.exists(os.path.join(folder, "saved_model.pb")), "the folder has the model", folder)
    steps.check_inference_eagerly(tf, role, public(hub, "load")(folder))


@probe("tf2-savedmodel.load.tf2.resolve", "implied")
def test_what_is_no_handle(hub, tmp_path):
    """hub.load and hub.resolve of a folder that is not there are an OSError; hub.load of no string, a ValueError."""
    absent = str(tmp_path / "absent")
    for ask in (public(hub, "resolve"), public(hub, "load"), public(hub, "KerasLayer")):
        checks.refused(lambda ask=ask: ask(absent), "OSError", "absent", "a folder that is not there is refused")
    for handle in (7, tmp_path, None):
        checks.refused(lambda handle=handle: hub.load(handle), "ValueError", "string", "a handle is a string")


@probe("tf2-savedmodel.load.tf2.resolve", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_relative_folders(tf, hub, role, handle, monkeypatch):
    """hub.load of a folder relative to the current one, with a slash at its end or without."""
    folder, name = os.path.split(handle)
    monkeypatch.chdir(folder)
    for relative in (name, name + "/", os.path.join(".", name)):
        steps.check_inference_eagerly(tf, role, public(hub, "load")(relative))


@probe("tf2-savedmodel.load.tf2.http", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_queries_of_the_publisher(tf, hub, site, hosted, cache, role):
    """A handle with a query of its own keeps it beside tf-hub-format=compressed."""
    steps.check_inference_eagerly(tf, role, public(hub, "load")(hosted + "?variant=a&token=b%26c"))
    expected = [{"variant": ["a"], "token": ["b&c"], "tf-hub-format": ["compressed"]}]
    checks.holds(site.queries == expected, "the site is asked with both", site.queries)


@probe("tf2-savedmodel.load.tf2.http", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_what_is_no_archive(tf, hub, site, hosted, cache, role, tmp_path):
    """A site that answers with something else than an archive: an error, and the next load asks again."""
    whole = site.archives["publisher/model/1"]
    broken = str(tmp_path / "broken.tar.gz")
    with open(broken, "wb") as file:
        file.write(b"<html>Please log in</html>")
    site.archives["publisher/model/1"] = broken
    checks.refused(lambda: public(hub, "load")(hosted), "OSError", "valid", "it is no model")
    checks.holds(not _left(cache), "nothing is left in the cache", _left(cache))
    site.archives["publisher/model/1"] = whole
    steps.check_inference_eagerly(tf, role, public(hub, "load")(hosted))


@probe("tf2-savedmodel.load.tf2.http", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_uncompressed_models(hub, site, hosted, cache, monkeypatch):
    """With TFHUB_MODEL_LOAD_FORMAT=UNCOMPRESSED the site is asked where the model lies, and has to say so."""
    monkeypatch.setenv("TFHUB_MODEL_LOAD_FORMAT", "UNCOMPRESSED")
    checks.refused(lambda: public(hub, "resolve")(hosted), "ValueError", "303|200", "an archive is no place")
    expected = [{"tf-hub-format": ["uncompressed"]}]
    checks.holds(site.queries == expected, "it asks for the place", site.queries)


@probe("tf2-savedmodel.load.tf2.cache-dir", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_what_a_download_leaves(hub, hosted, cache):
    """After a download the cache holds the model's folder and a text file that names its handle, and no lock."""
    folder = public(hub, "resolve")(hosted)
    expected = [os.path.basename(folder), os.path.basename(folder) + ".descriptor.txt"]
    checks.holds(_left(cache) == expected, "the folder and its description are there", _left(cache))
    with open(folder + ".descriptor.txt") as file:
        told = file.read()
    checks.holds("Module: " + hosted in told.splitlines(), "the description names the handle", told)


@probe("tf2-savedmodel.load.tf2.cache-dir", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_default_cache(tf, hub, site, hosted, role, monkeypatch, tmp_path):
    """Without TFHUB_CACHE_DIR, models are kept under tfhub_modules in the folder for temporary files."""
    monkeypatch.delenv("TFHUB_CACHE_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = public(hub, "resolve")(hosted)
    checks.holds(os.path.dirname(folder) == str(tmp_path / "tfhub_modules"), "it is kept there", folder)
    steps.check_inference_eagerly(tf, role, hub.load(hosted))
    checks.holds(len(site.queries) == 1, "the second load asks for nothing", site.queries)


@probe("tf2-savedmodel.load.tf2.cache-dir", "implied")
@pytest.mark.parametrize("model", ["tf2-dense"])
def test_an_empty_folder_is_no_model(tf, hub, site, hosted, cache, role):
    """A folder in the cache that an interrupted download left empty is filled by the next load."""
    folder = public(hub, "resolve")(hosted)
    shutil.rmtree(folder)
    os.mkdir(folder)
    steps.check_inference_eagerly(tf, role, public(hub, "load")(hosted))
    checks.holds(len(site.queries) == 2, "it is downloaded again", site.queries)


def _encrypt(site):
    """Makes the site speak TLS, with a certificate that nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(UNTRUSTED)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    end = site.shutdown_request

    def say_that_it_ends(request):
        with contextlib.suppress(OSError):
            request = request.unwrap()  # without it, Python 3.7 takes the end of an answer for an attack
        end(request)

    site.shutdown_request = say_that_it_ends


def _left(folder):
    """What lies in the cache."""
    return sorted(os.listdir(folder))
