"""Finding Chromium: named, on PATH, installed where that is possible, and else a message that helps."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.browser import chromium


class Machine:
    """A machine with some programs, which apt-get may add Chromium to."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *programs: str, root: bool = True, archive: bool = True
    ) -> None:
        self.programs, self.archive = set(programs), archive
        self.ran: list[str] = []
        monkeypatch.delenv("CHROMIUM", raising=False)
        monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}" if name in self.programs else None)
        monkeypatch.setattr("os.geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr("subprocess.run", self.run)

    def run(self, command: Sequence[str], **_: object) -> None:
        self.ran.append(" ".join(command[:2]))
        if self.archive and "chromium" in command:
            self.programs.add("chromium")


def test_a_named_one_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, "chromium")
    monkeypatch.setenv("CHROMIUM", "/opt/mine")
    assert chromium.find_chromium() == "/opt/mine"


def test_where_it_may_it_installs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, "apt-get")
    assert chromium.find_chromium() == "/bin/chromium"
    assert machine.ran == ["apt-get update", "apt-get install"]


@pytest.mark.parametrize(
    ("programs", "root", "archive"), [((), True, True), (("apt-get",), False, True), (("apt-get",), True, False)]
)
def test_where_it_cannot_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, programs: tuple[str, ...], root: bool, archive: bool
) -> None:
    Machine(monkeypatch, *programs, root=root, archive=archive)
    with pytest.raises(chromium.NoChromiumError, match="apt-get install chromium"):
        chromium.find_chromium()
