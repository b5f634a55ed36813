"""What a run plants, from the outside: what the cell's process gets for it, and what it says became of it.

It is named by the id of a defect of the library, by "none", or as one of these:

    MODULE@LINE.COLUMN-OPERATOR    a mutant (see `mutants.py`)
    reach:GLOB,GLOB                nothing; the trace says which lines of the modules are reached; where "keras" or
                                   "tf_keras" is among the globs, also which functions of it

Mutants, and sources with a trace, are changed copies of a cell's modules that stand in for the installed ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from conformance.errors import matching, refuse_unknown
from conformance.trial.inside.planting import DEFECT_VARIABLE, NO_DEFECT, TRACE_VARIABLE
from conformance.trial.inside.stand_ins import STAND_INS_VARIABLE
from conformance.trial.mutants import (
    Mutant,
    first_statements_of,
    module_of,
    mutants_of,
    statements_of,
    with_lines_marked,
)

REACH = "reach:"

# The folders of site-packages whose modules carry the claims, and are written in Python all through. What a release
# calls `tensorflow` lies in `tensorflow_core` from 1.15 to 2.1.
_FOLDERS = ("tensorflow_hub", "tensorflow/python/saved_model", "tensorflow_core/python/saved_model")
# Nothing that a function of these does is a behaviour of tensorflow_hub: its version check, and generated code.
_LEFT_OUT = ("__init__.py", "version.py", "config.py", "*_pb2.py", "*_test.py")
# What has a hundred times as many statements: only the first of each function is traced.
KERAS = ("keras", "tf_keras")
START = Path(__file__).parent / "inside" / "start"


class Trace(msgspec.Struct, frozen=True):
    """What became of a planted defect.

    Attributes:
        planted: the modules that were patched.
        reached: the patched functions that were called; of traced copies the lines, as "MODULE:LINE PROBE".
        failed: why it did not take, where it did not.
    """

    planted: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def trouble(self) -> str:
        """Why nothing can be learnt from the run; "" if the defect took."""
        if self.failed:
            return f"the defect did not take: {self.failed[0]}"
        if not self.planted:
            return "the defect did not take: nothing that it patches was imported"
        return ""


def overlay(trace: Path, root: Path, *, defect: str = NO_DEFECT, copies: Path | None = None) -> dict[str, str]:
    """The variables that plant a defect ("none": nothing, by the same means).

    Args:
        copies: a folder with changed modules, which stand in for the installed ones.
    """
    start = {"PYTHONPATH": os.pathsep.join([str(START), str(root)]), TRACE_VARIABLE: str(trace)}
    return start | {DEFECT_VARIABLE: defect} | ({STAND_INS_VARIABLE: str(copies)} if copies else {})


def read_trace(path: Path) -> Trace:
    """What the processes of a cell said; nothing, where they were never started."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    parts = [line.partition(" ") for line in lines]

    def all_of(kind: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rest for word, _, rest in parts if word == kind))

    return Trace(all_of("planted"), all_of("reached"), all_of("failed"))


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


def traced_in(virtualenv: Path, globs: Sequence[str]) -> dict[str, Path]:
    """The modules of a cell that "reach:GLOB,GLOB" traces: name -> installed file."""
    found = modules_in(virtualenv, [glob for glob in globs if glob not in KERAS])
    for packages in virtualenv.glob("lib/python*/site-packages"):
        for path in (path for name in KERAS if name in globs for path in sorted((packages / name).rglob("*.py"))):
            if not any(fnmatchcase(path.name, pattern) for pattern in _LEFT_OUT):
                found[".".join(path.relative_to(packages).with_suffix("").parts)] = path
    return found


def traced_lines(module: str, source: bytes) -> frozenset[int]:
    """The lines of a module that are traced."""
    return (first_statements_of if module.partition(".")[0] in KERAS else statements_of)(source)


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
        for module, path in traced_in(virtualenv, planted.removeprefix(REACH).split(",")).items():
            source = path.read_bytes()
            _write(copies, module, with_lines_marked(source, traced_lines(module, source)))
    else:
        mutant, source = find_mutant(planted, virtualenv)
        _write(copies, mutant.module, mutant.applied_to(source))
    return copies


def _write(folder: Path, module: str, source: bytes) -> None:
    path = folder.joinpath(*module.split(".")).with_suffix(".py")
    compile(source, path, "exec")  # what cannot be compiled is no mutant: it would be noticed by the import alone
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source)
