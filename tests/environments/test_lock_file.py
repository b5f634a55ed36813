from __future__ import annotations

from pathlib import Path

import pytest

from conformance.environments.catalogue import Environment, Releases
from conformance.environments.lock_file import LockRequest, compose, read_lock, request_for, tensorflows_of
from conformance.environments.unavailable import UnavailableError

HASH = "0" * 64
BODY = f"""\
--only-binary :all:

numpy==1.26.4 \\
    --hash=sha256:{HASH} \\
    --hash=sha256:{HASH}
    # via tensorflow-cpu
tensorflow-cpu==2.16.2 ; sys_platform == 'linux' \\
    --hash=sha256:{HASH}
Tf_Keras==2.16.0 \\
    --hash=sha256:{HASH}
"""


@pytest.fixture
def request_(environment: Environment, releases: Releases) -> LockRequest:
    return request_for(environment, releases)


@pytest.fixture
def path(tmp_path: Path, request_: LockRequest) -> Path:
    path = tmp_path / "lock.txt"
    path.write_text(compose(request_, {"imported": "2026-11-22"}, BODY))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UnavailableError) as raised:
        read_lock(path)
    assert raised.value.unavailable.stage == "lock"
    assert "nox -s lock" in raised.value.remedy
    return raised.value.what


def test_what_was_asked_for_can_be_read_back(path: Path, request_: LockRequest) -> None:
    lock = read_lock(path)

    assert lock.answers(request_)
    assert (lock.environment, lock.python) == ("tf2.16-hub0.16", "3.12")
    assert lock.packages == {"numpy": "1.26.4", "tensorflow-cpu": "2.16.2", "tf-keras": "2.16.0"}


def test_every_pin_and_override_stands_there_with_its_reason(path: Path, releases: Releases) -> None:
    text = path.read_text()

    assert releases.pins["setuptools-below-81"].why in text
    assert releases.overrides["no-second-tensorflow"].why in text


def test_another_pin_shows_another_reason_does_not(path: Path, environment: Environment, releases: Releases) -> None:
    lock = read_lock(path)
    pin = releases.pins["setuptools-below-81"]
    reworded = type(pin)(pin.requirement, "Said otherwise.")
    tightened = type(pin)("setuptools<80", pin.why)

    def with_pin(changed: object) -> LockRequest:
        pins = {**releases.pins, "setuptools-below-81": changed}
        return request_for(environment, type(releases)(releases.releases, pins, releases.overrides, ()))  # type: ignore[arg-type]

    assert lock.answers(with_pin(reworded))
    assert not lock.answers(with_pin(tightened))


def test_a_lock_cut_short_is_refused(path: Path) -> None:
    path.write_text("\n".join(path.read_text().splitlines()[:-3]))

    assert "cut short" in refusal(path)


@pytest.mark.parametrize(
    ("old", "new"), [("numpy==1.26.4", "numpy==1.26.3"), (HASH, "1" * 64), ("# python: 3.12", "# python: 3.11")]
)
def test_an_edited_lock_is_refused(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new, 1))

    assert "edited or damaged" in refusal(path)


def test_line_ends_of_another_system_do_no_harm(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert read_lock(path).packages["numpy"] == "1.26.4"


def test_a_package_without_a_hash_is_refused(tmp_path: Path, request_: LockRequest) -> None:
    path = tmp_path / "lock.txt"
    path.write_text(compose(request_, {}, f"numpy==1.26.4\n{BODY}"))

    assert "no hash for numpy" in refusal(path)


def test_a_missing_lock_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "lock.txt")


def test_a_lock_that_is_no_text_is_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")

    assert "cannot be read" in refusal(path)


def test_a_foreign_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lock.txt"
    path.write_text(compose(LockRequest("", "", (), (), ()), {}, BODY))

    assert "does not say: environment, python, require" in refusal(path)


def test_only_builds_of_tensorflow_itself_count_as_one() -> None:
    packages = dict.fromkeys(
        ["tensorflow-cpu", "tensorflow-hub", "tensorflow-estimator", "tf-keras", "tf-nightly"], "1"
    )

    assert tensorflows_of(packages) == ["tensorflow-cpu", "tf-nightly"]


def test_the_content_is_what_is_installed_whoever_resolved_it_and_when(tmp_path: Path, request_: LockRequest) -> None:
    def content(facts: dict[str, str], body: str) -> str:
        path = tmp_path / "lock.txt"
        path.write_text(compose(request_, facts, body))
        return read_lock(path).content

    monday = content({"resolved": "2026-11-23"}, BODY)
    assert content({"resolved": "2026-11-24"}, BODY.replace("# via tensorflow-cpu", "# via keras")) == monday
    assert content({}, BODY.replace("numpy==1.26.4", "numpy==1.26.5")) != monday
    assert content({}, BODY.replace(HASH, "1" * 64)) != monday
    assert content({}, BODY.replace("--only-binary", "--no-binary")) != monday


def test_the_day_of_a_resolution_can_be_read_back(path: Path, request_: LockRequest) -> None:
    assert read_lock(path).resolved == ""
    path.write_text(compose(request_, {"resolved": "2026-11-23"}, BODY))
    assert read_lock(path).resolved == "2026-11-23"
