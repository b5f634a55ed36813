"""A package index on the loopback device, with tiny wheels made here, that can have the faults of real ones."""

from __future__ import annotations

import base64
import hashlib
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and does not tell."""

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


class PackageIndex:
    """A simple index (PEP 503) in a folder; nothing changes in it by itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wheels: dict[str, dict[Path, bool]] = {}
        handler = partial(Quiet, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where the index is."""
        return f"http://127.0.0.1:{self._server.server_port}/simple"

    def add(self, name: str, version: str, *, contents: str = "") -> str:
        """Adds a wheel with one module; returns its requirement as a lock has it."""
        folder = self._folder / "simple" / name
        folder.mkdir(parents=True, exist_ok=True)
        wheel = folder / f"{name}-{version}-py3-none-any.whl"
        info = f"{name}-{version}.dist-info"
        files = {
            f"{name}/__init__.py": contents or f"__version__ = {version!r}\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: made by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        recorded = "".join(f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in files.items())
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in {**files, f"{info}/RECORD": f"{recorded}{info}/RECORD,,\n"}.items():
                archive.writestr(path, text)
        self._wheels.setdefault(name, {})[wheel] = False
        self._write(name)
        return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"

    def yank(self, name: str, version: str) -> None:
        """Yanks a version, as its author does who regrets it."""
        for wheel in self._wheels[name]:
            if wheel.name.startswith(f"{name}-{version}-"):
                self._wheels[name][wheel] = True
        self._write(name)

    def replace(self, name: str, version: str) -> None:
        """Serves another file under the name of a wheel."""
        self.add(name, version, contents="# not what it was\n")

    def close(self) -> None:
        """Takes the index off the net."""
        self._server.shutdown()
        self._server.server_close()

    def _write(self, name: str) -> None:
        links = "".join(
            f'<a href="{wheel.name}"{" data-yanked=regretted" if yanked else ""}>{wheel.name}</a>\n'
            for wheel, yanked in self._wheels[name].items()
        )
        (self._folder / "simple" / name / "index.html").write_text(f"<!doctype html>\n{links}")


def _digest(text: str) -> str:
    """As RECORD files have it."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
