"""Ten changed wheels of tensorflow_hub 0.16.1, each judged by `nox -s candidate` as its maintainer would see it.

    python -m tests.candidate.planted CELL [NAME ...]

Five have a defect, five are harmless. The wheels are made of the tensorflow_hub that is installed in the cell, which is
to be measured before, and kept with what the command said in reports/candidate-planted/. They are other changes than
those of `ratio`, which measures without this command.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from conformance import json_file
from conformance.candidate.result import SCHEMA, CandidateResult
from conformance.running.places import Places, default_places
from tests.candidate.ratio import LAYER, LOADER, Edits, changed

COMPRESSED, RESOLVER = "tensorflow_hub/compressed_module_resolver.py", "tensorflow_hub/resolver.py"
REGISTRY = "tensorflow_hub/registry.py"

DEFECTS: dict[str, Edits] = {
    "cache-renamed": ((COMPRESSED, "hashlib.sha1(", "hashlib.sha256("),),
    "empty-is-there": (
        (
            RESOLVER,
            "      tf.compat.v1.gfile.Exists(module_dir) and tf.compat.v1.gfile.\n      ListDirectory(module_dir))",
            "      tf.compat.v1.gfile.Exists(module_dir))",
        ),
    ),
    "arguments-lost": ((LAYER, '      config["arguments"] = self._arguments\n', ""),),
    "frozen-trains": (
        (LAYER, "        training = False\n      result", "        training = bool(training)\n      result"),
    ),
    "first-loss-only": (
        (
            LAYER,
            "        self.add_loss(self._call_loss_if_trainable(l))  # Supports callables.\n",
            "        self.add_loss(self._call_loss_if_trainable(l))  # Supports callables.\n        break\n",
        ),
    ),
}
HARMLESS: dict[str, Edits] = {
    "registry": (
        (REGISTRY, "    self._impls += [impl]\n", "    self._impls.append(impl)\n"),
        (
            REGISTRY,
            "        return impl(*args, **kwargs)\n      else:\n        fails.append(type(impl).__name__)\n",
            "        return impl(*args, **kwargs)\n      fails.append(type(impl).__name__)\n",
        ),
    ),
    "one-load": (
        (
            LOADER,
            "    obj = tf.compat.v1.saved_model.load_v2(\n        module_path, tags=tags, options=options)\n"
            "  else:\n    obj = tf.compat.v1.saved_model.load_v2(module_path, tags=tags)\n",
            '    keywords = {"options": options}\n  else:\n    keywords = {}\n'
            "  obj = tf.compat.v1.saved_model.load_v2(module_path, tags=tags, **keywords)\n",
        ),
    ),
    "import-moved": (
        (COMPRESSED, "import hashlib\nimport logging\nimport urllib\n", "import logging\nimport urllib\n"),
        (COMPRESSED, "  cache_dir = resolver.tfhub", "  import hashlib\n  cache_dir = resolver.tfhub"),
    ),
    "guard-first": (
        (
            LAYER,
            "  if callable(handle):\n    if tags is not None:\n",
            "  is_handle = not callable(handle)\n  if not is_handle:\n    if tags is not None:\n",
        ),
    ),
    "checks-split": (
        (
            LAYER,
            "    if self._output_key:\n      if not isinstance(result, dict):\n",
            "    return self._finished(inputs, self._chosen_output(result))\n\n"
            '  def _finished(self, inputs, result):\n    """Sets the shape that the user gave."""\n'
            "    return self._apply_output_shape_if_set(inputs, result)\n\n"
            '  def _chosen_output(self, result):\n    """The output by its key, where there is one."""\n'
            "    if self._output_key:\n      if not isinstance(result, dict):\n",
        ),
        (
            LAYER,
            "      result = result[self._output_key]\n\n    result = self._apply_output_shape_if_set(inputs, result)\n"
            "    return result\n",
            "      result = result[self._output_key]\n    return result\n",
        ),
    ),
}


def write_wheel(site_packages: Path, folder: Path, edits: Edits) -> Path:
    """The installed tensorflow_hub as a wheel again, with the edits."""
    info = next(site_packages.glob("tensorflow_hub-*.dist-info"))
    recorded = (info / "RECORD").read_text(encoding="utf-8").splitlines()
    names = [line.split(",")[0] for line in recorded]
    files = {
        name: (site_packages / name).read_bytes()
        for name in names
        if name.startswith(("tensorflow_hub/", info.name)) and not name.endswith(("RECORD", ".pyc", "INSTALLER"))
    }
    sources = {name: text.decode() for name, text in files.items() if name.endswith(".py")}
    files |= {name: text.encode() for name, text in changed(sources, edits).items()}
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{info.name.removesuffix('.dist-info')}-py2.py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        archive.writestr(zipfile.ZipInfo(f"{info.name}/RECORD"), _record(files, info.name))
    return wheel


def _record(files: Mapping[str, bytes], info: str) -> str:
    """What PEP 376 asks for."""
    lines = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}"
        for name, content in files.items()
    ]
    return "\n".join([*lines, f"{info}/RECORD,,", ""])


def judged(name: str, wheel: Path, cell: str, places: Places) -> str:
    """A line of the table: what the command said of a wheel, and how long it took."""
    started = time.monotonic()
    command = [sys.executable, "-m", "nox", "-s", "candidate", "--", "--hub", str(wheel), "--only", cell]
    done = subprocess.run(command, cwd=places.root, capture_output=True, text=True, check=False)
    (wheel.parent / "said.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    answers = sorted(places.reports.glob("candidate/*/candidate.json"), key=lambda path: path.stat().st_mtime)
    result = json_file.read(answers[-1], CandidateResult, SCHEMA, remedy="Remove it.")
    assert result.candidates[0].typed == str(wheel), f"{name}: nothing was measured, see {wheel.parent / 'said.txt'}"
    effects = Counter(str(finding.effect) for finding in result.findings)
    causes = len({finding.cause for finding in result.findings})
    said = ", ".join(f"{count} {effect}" for effect, count in sorted(effects.items())) or "no difference"
    return f"| {name} | {int(result.exit_code)} | {said} | {causes} | {time.monotonic() - started:.0f} s |"


def main(arguments: Iterable[str]) -> None:
    """Prints the table, a line as soon as it is known."""
    cell, *names = arguments
    places = default_places()
    site_packages = next((places.virtualenvs / cell).glob("lib/python*/site-packages"))
    print("| change | exit code | findings | causes | took |\n|---|---|---|---|---|")
    for name, edits in {**DEFECTS, **HARMLESS}.items():
        if not names or name in names:
            wheel = write_wheel(site_packages, places.reports / "candidate-planted" / name, edits)
            print(judged(name, wheel, cell, places), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
