"""A site on this machine that serves archives of models, and an empty cache for what is downloaded from it."""

import tarfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest


class Site(HTTPServer):
    """Serves archives of models as the hosting protocol asks for, and remembers what it was asked."""

    def __init__(self):
        HTTPServer.__init__(self, ("127.0.0.1", 0), _Handler)
        self.archives = {}
        self.queries = []

    def handle_of(self, name):
        """The handle of the archive that the site has under this name."""
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
    server = Site()
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
