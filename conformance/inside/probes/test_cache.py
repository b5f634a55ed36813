"""Handles of TF2 SavedModels that are no folders: archives over HTTP, the cache, and what hub.resolve gives."""

import os
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.inside import checks
from conformance.inside.probe import probe, public
from conformance.inside.probes import steps

MODELS = ["tf2-dense", "tf2-text"]


class _Site(HTTPServer):
    """Serves archives of models as the hosting protocol asks for, and remembers what it was asked."""

    def __init__(self):
        HTTPServer.__init__(self, ("127.0.0.1", 0), _Handler)
        self.archives = {}
        self.queries = []

    def handle_of(self, name):
        return "http://127.0.0.1:{}/{}".format(self.server_port, name)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        self.server.queries.append(parse_qs(url.query))
        archive = self.server.archives.get(url.path.lstrip("/"))
        self.send_response(404 if archive is None else 200)
        self.end_headers()
        if archive is not None:
            with open(archive, "rb") as file:
                self.wfile.write(file.read())

    def log_message(self, *_):
        pass


@pytest.fixture
def site(monkeypatch):
    """A site on this machine, reached directly whatever proxy there is."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = _Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def hosted(site, handle, model, tmp_path):
    """The golden model as an archive on the site: its handle there."""
    archive = str(tmp_path / "model.tar.gz")
    with tarfile.open(archive, "w:gz") as file:
        file.add(handle, arcname=".")
    site.archives["publisher/model/1"] = archive
    return site.handle_of("publisher/model/1")


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """An empty folder that TFHUB_CACHE_DIR names."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(folder))
    return str(folder)


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
