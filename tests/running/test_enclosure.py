"""What a program can do that is shut in: really, since nothing else shows it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from conformance.running import enclosure
from conformance.running.enclosure import Enclosure, EnclosureLimits, available, enclosed, few_variables

PROGRAM = """
import json, os, socket, sys
inside, outside = sys.argv[1:]
found = {"processes": sum(name.isdigit() for name in os.listdir("/proc")), "open files": os.path.isdir("/dev/fd")}
for name, path in (("inside", inside), ("outside", outside), ("settings", "/proc/sys/kernel/domainname")):
    try:
        open(path, "a").close()
        found[name] = "written"
    except OSError as error:
        found[name] = "refused"
try:
    found["network"] = socket.if_nameindex()[1:]
except OSError:
    found["network"] = []
try:
    bytearray(3 * 1024**3)
    found["memory"] = "had"
except MemoryError:
    found["memory"] = "refused"
try:
    with open(inside, "wb") as file:
        file.write(bytes(2 * 1024**2))
        file.flush()
    found["file"] = "written"
except OSError:
    found["file"] = "refused"
print(json.dumps(found))
"""
SMALL = EnclosureLimits(memory=2 * 1024**3, file=1024**2, processor=60)


def run(tmp_path: Path) -> dict[str, object]:
    inside = tmp_path / "with a space"
    inside.mkdir()
    command = enclosed(["python3", "-c", PROGRAM, str(inside / "file"), str(tmp_path / "file")], [inside], SMALL)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(available() is not Enclosure.NAMESPACES, reason="this system offers no namespaces")
def test_in_namespaces_it_writes_to_its_folder_only_and_sees_neither_network_nor_processes(tmp_path: Path) -> None:
    assert run(tmp_path) == {
        "processes": 1,
        "open files": True,
        "inside": "written",
        "outside": "refused",
        "settings": "refused",
        "network": [],
        "memory": "refused",
        "file": "refused",
    }
    assert not (tmp_path / "file").exists()


def test_without_namespaces_there_are_limits_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enclosure._way.cache_clear()
    monkeypatch.setattr(enclosure, "_works", lambda command: False)
    try:
        assert available() is Enclosure.LIMITS
        found = run(tmp_path)
    finally:
        enclosure._way.cache_clear()

    assert (found["inside"], found["memory"], found["file"]) == ("written", "refused", "refused")
    assert "use the network" in Enclosure.LIMITS.sentence


def test_where_only_the_network_can_be_taken_away_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    enclosure._way.cache_clear()
    monkeypatch.setattr(enclosure, "_works", lambda command: command[-1] == "true" and "--mount" not in command)
    try:
        assert available() is Enclosure.NETWORK
        assert enclosed(["x"], [Path("/f")], SMALL)[:2] == ["unshare", "--net"]
    finally:
        enclosure._way.cache_clear()


def test_a_system_without_unshare_is_no_error() -> None:
    assert not enclosure._works(["no-such-program-as-this"])


def test_no_variable_of_the_users_shell_gets_in(tmp_path: Path) -> None:
    assert few_variables({"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "x"}, tmp_path) == {
        "PATH": "/bin",
        "HOME": str(tmp_path),
    }
