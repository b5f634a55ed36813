"""Models that are truncated, corrupt, made to do harm or to confuse: each gets a clear answer, and harms nothing.

Every case runs the command, in a folder of which all that lies around the scratch is compared before and after.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.commands import model
from conformance.errors import HarnessError
from conformance.inspecting import messages
from conformance.inspecting.files import ModelFileError
from conformance.inspecting.inspection import Inspector
from conformance.inspecting.saved_model import read_saved_model
from conformance.inspecting.table import TableError, read_table
from conformance.inspecting.unpacking import UnpackLimits, unpack
from tests.inspecting.making import DENSE, FIXTURES, saved_model, write

Make = Callable[[Path], Path]


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    """The committed tables, read once."""
    from conformance.inspecting.inspection import load_inspector
    from conformance.running.places import default_places

    return load_inspector(default_places().baseline)


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], inspector: Inspector
) -> Callable[[Path], str]:
    """Runs the command and gives what it said, after seeing that nothing but its reports has changed."""
    from conformance.command_line.catalogue import COMMANDS
    from conformance.command_line.parsing import parse

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.setattr(model, "load_inspector", lambda _: inspector)

    def run(path: Path) -> str:
        before = dict(everything(tmp_path))
        try:
            arguments = parse(COMMANDS["model"], [str(path), "--static", "--reports", str(tmp_path / "reports")])
            said = f"exit {int(model.run(arguments).exit_code)}\n"
        except HarnessError as error:
            said = f"exit {int(error.exit_code)}\n{error}\n"
        shutil.rmtree(tmp_path / "reports", ignore_errors=True)
        assert dict(everything(tmp_path)) == before
        out, err = capsys.readouterr()
        return said + out + err

    return run


def everything(folder: Path) -> Iterator[tuple[str, tuple[int, bytes]]]:
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        small = stat.S_ISREG(about.st_mode) and about.st_size < 10**6
        yield str(path), (about.st_mode, path.read_bytes() if small else b"")


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(DENSE, folder / "model"))


def changed(name: str, change: Callable[[bytes], bytes]) -> Make:
    def make(folder: Path) -> Path:
        path = copied(folder) / name
        path.write_bytes(change(path.read_bytes()))
        return folder / "model"

    return make


def changed_folder(change: Callable[[Path], object]) -> Make:
    def make(folder: Path) -> Path:
        change(copied(folder))
        return folder / "model"

    return make


def without_variables(model: Path) -> None:
    shutil.rmtree(model / "variables")
    (model / "variables").mkdir()


def emptied(folder: Path) -> Path:
    """As TF1's builder writes a graph without variables."""
    model = write(saved_model({"op": "NoOp"}), folder / "model")
    (model / "variables").mkdir()
    return model


def replaced(name: str, put: Callable[[Path], Any]) -> Make:
    def make(folder: Path) -> Path:
        path = copied(folder) / name
        path.unlink()
        put(path)
        return folder / "model"

    return make


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 * 1024**3)


def text(content: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / "model").mkdir()
        (folder / "model" / "saved_model.pbtxt").write_bytes(content)
        return folder / "model"

    return make


def made(change: Callable[[Any], object]) -> Make:
    def make(folder: Path) -> Path:
        saved = saved_model({"op": "NoOp"}, objects=True)
        change(saved)
        return write(saved, folder / "model")

    return make


def tar(*entries: tuple[str, bytes | None, dict[str, Any]], ending: str = ".tar.gz") -> Make:
    def make(folder: Path) -> Path:
        with tarfile.open(folder / f"model{ending}", "w:gz" if ending.endswith("gz") else "w") as archive:
            archive.add(DENSE / "saved_model.pb", "saved_model.pb")
            for name, content, fields in entries:
                entry = tarfile.TarInfo(name)
                for field, value in fields.items():
                    setattr(entry, field, value)
                entry.size = len(content or b"")
                archive.addfile(entry, io.BytesIO(content or b""))
        return folder / f"model{ending}"

    return make


def zipped(*entries: tuple[str, bytes, int]) -> Make:
    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "model.zip", "w") as archive:
            archive.write(DENSE / "saved_model.pb", "saved_model.pb")
            for name, content, mode in entries:
                about = zipfile.ZipInfo(name)
                about.external_attr = mode << 16
                archive.writestr(about, content)
        return folder / "model.zip"

    return make


def raw(name: str, content: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def deep_text() -> bytes:
    depth = 5000
    field = b"meta_graphs { object_graph_def { nodes { function { function_spec { fullargspec {"
    return field + b"list_value { values {" * depth + b"}}" * depth + b"}}}}}}"


def deep_binary(folder: Path) -> Path:
    """A message within a message, 200 times: more than protobuf follows."""
    inner = b""
    for _ in range(200):  # list_value (51) of a value (1)
        value = b"\x0a" + varint(len(inner)) + inner
        inner = b"\x9a\x03" + varint(len(value)) + value
    for field in (0x0A, 0x12, 0x0A):  # whatever they are, they are unknown or too deep
        inner = bytes([field]) + varint(len(inner)) + inner
    spec = messages.message_class("tensorflow.StructuredValue")
    with pytest.raises(Exception, match="pars"):
        spec.FromString(b"\x9a\x03" + varint(len(value)) + value)
    (folder / "model").mkdir()
    nested = b"\x9a\x03" + varint(len(value)) + value  # StructuredValue
    fullargspec = b"\x0a" + varint(len(nested)) + nested  # FunctionSpec
    function_spec = b"\x12" + varint(len(fullargspec)) + fullargspec  # SavedFunction
    function = b"\x32" + varint(len(function_spec)) + function_spec  # SavedObject
    node = b"\x0a" + varint(len(function)) + function  # SavedObjectGraph
    graph = b"\x3a" + varint(len(node)) + node  # MetaGraphDef
    (folder / "model" / "saved_model.pb").write_bytes(b"\x12" + varint(len(graph)) + graph)
    return folder / "model"


def varint(number: int) -> bytes:
    said = b""
    while number >= 0x80:
        said += bytes([number & 0x7F | 0x80])
        number >>= 7
    return said + bytes([number])


def looping(folder: Path) -> Path:
    inside = folder / "models" / "deeper"
    inside.mkdir(parents=True)
    (inside / "round").symlink_to(folder / "models")
    return folder / "models"


def bomb(folder: Path) -> Path:
    """An entry that says that it has a terabyte."""
    entry = tarfile.TarInfo("variables")
    entry.size = 1024**4
    (folder / "model.tgz").write_bytes(gzip.compress(entry.tobuf() + b"\0" * 10240))
    return folder / "model.tgz"


def header_bomb(folder: Path) -> Path:
    """A header that says that it is 100 MB long, which would all be read at once."""
    entry = tarfile.TarInfo("pax")
    entry.type, entry.size = tarfile.XHDTYPE, 10**8
    (folder / "model.tgz").write_bytes(gzip.compress(entry.tobuf() + b"\0" * 10**8))
    return folder / "model.tgz"


def set_child(saved: Any, number: int, name: str = "x") -> None:
    saved.meta_graphs[0].object_graph_def.nodes[0].children.add(node_id=number, local_name=name)


def set_dim(saved: Any, size: int) -> None:
    signature = saved.meta_graphs[0].signature_def["serving_default"]
    signature.inputs["x"].tensor_shape.dim.add(size=size)
    signature.inputs["x"].dtype = 1


def asset(name: str) -> Make:
    return made(lambda saved: saved.meta_graphs[0].asset_file_def.add(filename=name))


def named(name: str) -> Make:
    return made(lambda saved: saved.meta_graphs[0].signature_def[name].inputs[name].tensor_shape.dim.add(size=1))


def no_harm(saved: Any) -> None:
    saved.meta_graphs[0].object_graph_def.nodes[0].user_object.identifier = "_tf_keras_model"
    saved.meta_graphs[0].object_graph_def.nodes[0].user_object.metadata = "[" * 100_000


VARIABLES, INDEX = "variables/variables.data-00000-of-00001", "variables/variables.index"

# case -> (what makes it, what has to be said)
CASES: dict[str, tuple[Make, str]] = {
    "truncated message": (changed("saved_model.pb", lambda raw: raw[: len(raw) // 2]), "exit 4"),
    "empty message": (changed("saved_model.pb", lambda _: b""), "has no graph"),
    "noise": (changed("saved_model.pb", lambda _: bytes(range(255, 0, -1))), "is damaged"),
    "git lfs pointer": (
        changed("saved_model.pb", lambda _: b"version https://git-lfs.github.com/spec/v1\noid x\n"),
        "git lfs pull",
    ),
    "enormous message": (replaced("saved_model.pb", sparse), "no more than"),
    "a pipe": (replaced("saved_model.pb", os.mkfifo), "is no regular file"),
    "a folder": (replaced("saved_model.pb", Path.mkdir), "is no regular file"),
    "a device": (replaced("saved_model.pb", lambda path: path.symlink_to("/dev/zero")), "is no regular file"),
    "a link to itself": (replaced("saved_model.pb", lambda path: path.symlink_to(path)), "exit 2"),
    "a link to nothing": (replaced("saved_model.pb", lambda path: path.symlink_to("/nowhere")), "exit 2"),
    "truncated variables": (changed(VARIABLES, lambda raw: raw[:-1]), "it is truncated"),
    "missing variables": (replaced(VARIABLES, lambda _: None), "cannot be read"),
    "variables are a pipe": (replaced(VARIABLES, os.mkfifo), "is no regular file"),
    "truncated index": (changed(INDEX, lambda raw: raw[:-1]), "does not end as a table does"),
    "index of noise": (changed(INDEX, lambda raw: b"\xff" * (len(raw) - 48) + raw[-48:]), "exit 4"),
    "no variables left": (
        changed_folder(lambda model: shutil.rmtree(model / "variables")),
        "is missing, and the model",
    ),
    "an empty folder of variables": (
        changed_folder(without_variables),
        "is missing, and the model",
    ),
    "an empty folder of variables of a model without": (emptied, "exit 0"),
    "missing index": (replaced(INDEX, lambda _: None), "variables.index"),
    "text of noise": (text(b"\xff\xfe\x00"), "is damaged"),
    "text that is none": (text(b"meta_graphs { unknown_field: 1 }"), "unknown_field"),
    "text of great depth": (text(deep_text()), "exit 4"),
    "message of great depth": (deep_binary, "is damaged"),
    "json of great depth": (made(no_harm), "version not said"),
    "an object that does not exist": (made(lambda saved: set_child(saved, 99)), "exit 0"),
    "an object below zero": (made(lambda saved: set_child(saved, -1)), "exit 0"),
    "an object that is its own part": (made(lambda saved: set_child(saved, 0)), "exit 0"),
    "a node without an op": (
        made(lambda saved: saved.meta_graphs[0].graph_def.library.function[0].node_def.add(name="n")),
        "a node without an op",
    ),
    "a dimension of the largest size": (made(lambda saved: set_dim(saved, 2**63 - 1)), str(2**63 - 1)),
    "a dimension below zero": (made(lambda saved: set_dim(saved, -(2**63))), "float32[?]"),
    "an asset outside": (asset("../../outside"), "lies outside"),
    "an asset at the root": (asset("/etc/passwd"), "lies outside"),
    "an asset without a name": (asset(""), "lies outside"),
    "an asset that is not there": (asset("vocabulary.txt"), "is missing"),
    "a name of markup": (named("<script>alert(1)</script>[bold]"), "exit 0"),
    "a name of escapes": (named("\x1b[2J\x1b]0;title\x07"), "exit 0"),
    "a name of many lines": (named("a\n\nexit 0\n"), "a exit 0"),
    "a name of great length": (named("x" * 10**6), "..."),
    "tar with a path upwards": (tar(("../outside", b"x", {})), "lies outside"),
    "tar with a path from the root": (tar(("/tmp/outside", b"x", {})), "lies outside"),
    "tar with a link": (tar(("link", None, {"type": tarfile.SYMTYPE, "linkname": "/etc"})), "neither a file"),
    "tar with a hard link": (tar(("link", None, {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"})), "neither a"),
    "tar with a device": (tar(("device", None, {"type": tarfile.CHRTYPE})), "neither a file"),
    "tar with a pipe": (tar(("pipe", None, {"type": tarfile.FIFOTYPE})), "neither a file"),
    "tar with a name twice": (tar(("saved_model.pb", b"x", {})), "exists"),
    "tar with a file for a folder": (tar(("saved_model.pb/x", b"x", {})), "cannot be unpacked"),
    "tar with a name of great length": (tar(("x" * 300, b"x", {})), "cannot be unpacked"),
    "tar with a backslash": (tar(("..\\outside", b"x", {})), "lies outside"),
    "tar that sets the user id": (tar(("program", b"x", {"mode": 0o4777})), "is missing, and the model"),
    "tar of nothing": (raw("model.tar", b""), "is damaged"),
    "tar of noise": (raw("model.tar.gz", b"\x1f\x8b" + bytes(100)), "cannot be unpacked"),
    "truncated tar": (
        raw("model.tgz", gzip.compress(DENSE.joinpath("saved_model.pb").read_bytes())[:300]),
        "is damaged",
    ),
    "tar of a terabyte": (bomb, "would take more"),
    "tar with a header of great length": (header_bomb, "has a header of"),
    "zip with a path upwards": (zipped(("../outside", b"x", 0o100644)), "lies outside"),
    "zip with a path from the root": (zipped(("/tmp/outside", b"x", 0o100644)), "lies outside"),
    "zip with a link": (zipped(("link", b"/etc/passwd", 0o120777)), "neither a file"),
    "zip with a drive": (zipped(("C:/outside", b"x", 0)), "lies outside"),
    "zip of noise": (raw("model.zip", b"PK\x03\x04" + bytes(50)), "is damaged"),
    "a folder that goes round": (looping, "holds no SavedModel"),
    "a name that is too long": (lambda _: Path("x" * 5000), "does not exist"),
    "another sort of file": (raw("model.h5", b"\x89HDF"), "is no folder"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_gets_a_clear_answer(case: str, tmp_path: Path, typed: Callable[[Path], str]) -> None:
    make, expected = CASES[case]

    said = typed(make(tmp_path))
    assert expected in said
    assert "\x1b" not in said
    assert "Traceback" not in said
    assert all(len(line) < 6000 for line in said.splitlines())


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    path = zipped(("secret", b"x" * 100, 0o100644))(tmp_path)
    content = path.read_bytes()
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.rindex(mark) + place
        content = content[:at] + bytes([content[at] | 1]) + content[at + 1 :]
    path.write_bytes(content)

    (tmp_path / "scratch").mkdir()
    with pytest.raises(ModelFileError, match="password"):
        unpack(path, tmp_path / "scratch")


def test_limits_hold_for_what_is_really_unpacked(tmp_path: Path) -> None:
    path = tar(("zeros", bytes(10_000), {}))(tmp_path)

    (tmp_path / "scratch").mkdir()
    with pytest.raises(ModelFileError, match="would take more"):
        unpack(path, tmp_path / "scratch", UnpackLimits(bytes=9_000))


def test_the_number_of_entries_is_limited(tmp_path: Path) -> None:
    path = zipped(("one/", b"", 0o040000), ("two/", b"", 0o040000))(tmp_path)

    (tmp_path / "scratch").mkdir()
    with pytest.raises(ModelFileError, match="more than 2 entries"):
        unpack(path, tmp_path / "scratch", UnpackLimits(members=2))


def test_one_bad_model_keeps_no_other_from_being_looked_at(tmp_path: Path, typed: Callable[[Path], str]) -> None:
    folder = tmp_path / "models"
    shutil.copytree(DENSE, folder / "good")
    (folder / "bad").mkdir()
    (folder / "bad" / "saved_model.pb").write_bytes(b"\xff")

    said = typed(folder)
    assert said.startswith("exit 4")
    assert "good: a TF2 SavedModel" in said
    assert "bad/saved_model.pb: is damaged" in said


def test_links_to_a_models_files_are_followed(tmp_path: Path, typed: Callable[[Path], str]) -> None:
    """Some caches keep every file of a model as a link to elsewhere."""
    for path in DENSE.rglob("*"):
        if path.is_file():
            link = tmp_path / "model" / path.relative_to(DENSE)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)

    assert typed(tmp_path / "model").startswith("exit 0")


SEEDS = [path.read_bytes() for path in sorted(FIXTURES.glob("*/model/saved_model.pb"))]
INDEXES = [path.read_bytes() for path in sorted(FIXTURES.glob("*/model/variables/variables.index"))]


@st.composite
def damaged(draw: st.DrawFn, contents: list[bytes]) -> bytes:
    """One of the contents with some bytes changed, left out or put in."""
    content = bytearray(draw(st.sampled_from(contents)))
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, len(content)))
        content[place : place + draw(st.integers(0, 8))] = draw(st.binary(max_size=8))
    return bytes(content)


@settings(max_examples=150)
@given(content=damaged(SEEDS))
def test_a_damaged_message_is_read_or_refused(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("model")
    (folder / "saved_model.pb").write_bytes(content)
    with contextlib.suppress(ModelFileError):
        assert read_saved_model(folder).needs


@settings(max_examples=300)
@given(content=damaged(INDEXES) | st.binary(max_size=200))
def test_a_damaged_table_is_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(TableError):
        assert all(isinstance(value, bytes) for _, value in read_table(content))
