"""The changed copies of a cell's modules that stand in for the installed ones: mutants, and sources with a trace.

Which of them a run plants is said by a name, beside those of the library's defects:

    MODULE@LINE.COLUMN-OPERATOR    a mutant (see `mutants.py`)
    reach:GLOB,GLOB                nothing; the trace says which lines of the modules are reached
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from conformance.errors import matching, refuse_unknown
from conformance.trial.mutants import Mutant, module_of, mutants_of, with_lines_marked

REACH = "reach:"

# The folders of site-packages whose modules carry the claims, and are written in Python all through. What a release
# calls `tensorflow` lies in `tensorflow_core` from 1.15 to 2.1.
_FOLDERS = ("tensorflow_hub", "tensorflow/python/saved_model", "tensorflow_core/python/saved_model")
# Nothing that a function of these does is a behaviour of tensorflow_hub: its version check, and generated code.
_LEFT_OUT = ("__init__.py", "version.py", "config.py", "*_pb2.py", "*_test.py")


def is_changed_copy(planted: str) -> bool:
    """Whether what is planted is no defect of the library."""
    return "@" in planted or planted.startswith(REACH)


def modules_in(virtualenv: Path, globs: Iterable[str]) -> dict[str, Path]:
    """The modules of a cell that can be mutated and match one of `globs`: name -> installed file."""
    known: dict[str, Path] = {}
    for packages in virtualenv.glob("lib/python*/site-packages"):
        for folder in _FOLDERS:
            for path in sorted((packages / folder).glob("*.py")):
                if not any(fnmatchcase(path.name, pattern) for pattern in _LEFT_OUT):
                    known[f"{folder.replace('_core', '').replace('/', '.')}.{path.stem}"] = path
    chosen = matching(globs, known, what="module that can be mutated", where=str(virtualenv))
    return {name: path for name, path in known.items() if name in chosen}


def find_mutant(mutant_id: str, virtualenv: Path) -> tuple[Mutant, bytes]:
    """A mutant of a cell's module, and the module's source."""
    module = module_of(mutant_id)
    source = modules_in(virtualenv, [module])[module].read_bytes()
    mutants = {mutant.id: mutant for mutant in mutants_of(module, source)}
    refuse_unknown(mutant_id, mutants, where=f"{virtualenv}, mutant")
    return mutants[mutant_id], source


def write_copies(planted: str, virtualenv: Path, folder: Path) -> Path:
    """Writes the copies that `planted` asks for; returns the folder that they are imported from.

    It is called site-packages as the installed one is, so that their errors are put down to the same package.
    """
    copies = folder / "site-packages"
    if planted.startswith(REACH):
        for module, path in modules_in(virtualenv, planted.removeprefix(REACH).split(",")).items():
            _write(copies, module, with_lines_marked(path.read_bytes()))
    else:
        mutant, source = find_mutant(planted, virtualenv)
        _write(copies, mutant.module, mutant.applied_to(source))
    return copies


def _write(folder: Path, module: str, source: bytes) -> None:
    path = folder.joinpath(*module.split(".")).with_suffix(".py")
    compile(source, path, "exec")  # what cannot be compiled is no mutant: it would be noticed by the import alone
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source)
