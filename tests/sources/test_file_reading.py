"""One file: its certificates in order, or why not. Nothing but regular files is opened, and nothing blocks."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.observation import GapReason
from incidentd.sources.files.expand import Trouble
from incidentd.sources.files.read import FileRead, read_file
from incidentd.sources.files.remembered import RememberedFiles
from tests.sources.world import issued

FIRST, SECOND = issued("a.test"), issued("b.test")
LATER_SECONDS = 4_000_000_000.0
"""Long after any file of these tests was written."""


def write(folder: Path, content: bytes, name: str = "one.pem") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def fingerprints(outcome: object) -> list[str]:
    assert isinstance(outcome, FileRead)
    return [one.fingerprint for one in outcome.certificates]


def trouble(outcome: object) -> GapReason:
    assert isinstance(outcome, Trouble)
    return outcome.reason


def test_certificates_come_in_file_order_and_keys_do_not(tmp_path: Path) -> None:
    """Two certificates with a key between them are two certificates."""
    path = write(tmp_path, FIRST.chain_pem + FIRST.key_pem + SECOND.chain_pem)
    outcome = read_file(path)
    assert fingerprints(outcome) == [FIRST.fingerprint, SECOND.fingerprint]
    assert "PRIVATE" not in repr(outcome)


@pytest.mark.parametrize("expected", [True, False], ids=["expected", "found"])
def test_der_and_pem_need_no_extension(tmp_path: Path, expected: bool) -> None:
    """What a file holds is seen in its first bytes."""
    assert fingerprints(read_file(write(tmp_path, FIRST.der, "x"), named=expected)) == [FIRST.fingerprint]
    text = b"# comment\n" * 50 + FIRST.chain_pem
    assert fingerprints(read_file(write(tmp_path, text, "y"), named=expected)) == [FIRST.fingerprint]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", GapReason.TORN),
        (FIRST.chain_pem[:-40], GapReason.TORN),
        (FIRST.chain_pem + SECOND.chain_pem[:200], GapReason.TORN),
        (FIRST.der[:-1], GapReason.TORN),
        (b"-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n", GapReason.UNREADABLE),
        (b"x" * (10 * 1024 * 1024 + 1), GapReason.TOO_LARGE),
    ],
    ids=["empty", "cut", "second cut", "der cut", "no certificate in the block", "too large"],
)
def test_what_cannot_be_read_has_a_reason(tmp_path: Path, content: bytes, reason: GapReason) -> None:
    """A torn write is told apart from rubbish."""
    assert trouble(read_file(write(tmp_path, content))) is reason


def test_a_good_block_beside_a_bad_one_is_read(tmp_path: Path) -> None:
    """And the bad one is named."""
    bad = b"-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n"
    outcome = read_file(write(tmp_path, bad + FIRST.chain_pem))
    assert fingerprints(outcome) == [FIRST.fingerprint]
    assert isinstance(outcome, FileRead)
    assert len(outcome.unread) == 1


@pytest.mark.parametrize(
    "content", [pytest.param(FIRST.key_pem, id="a key"), b"hello\n", b"0 is how this text begins\n"]
)
def test_a_file_of_something_else_is_nothing(tmp_path: Path, content: bytes) -> None:
    """Keys and texts hold no certificate, and should not."""
    assert read_file(write(tmp_path, content), named=False) is None


def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    """A pipe would block, a device may do something: neither is touched."""
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    for path in (pipe, "/dev/zero", str(tmp_path)):
        assert trouble(read_file(path)) is GapReason.UNREADABLE
    assert trouble(read_file(str(tmp_path / "none"))) is GapReason.MISSING_FOLDER


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Nothing is raised for what stands in a file."""
    path = write(tmp_path_factory.getbasetemp(), content, "any")
    for expected in (True, False):
        assert isinstance(read_file(path, named=expected), FileRead | Trouble | None)


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    """The same outcome comes from memory; a file with other times or another size is read."""
    remembered, path = RememberedFiles(), write(tmp_path, FIRST.chain_pem)
    ((_, first),) = remembered.read([(path, False)], LATER_SECONDS)
    ((_, again),) = remembered.read([(path, False)], LATER_SECONDS)
    assert again is first
    write(tmp_path, SECOND.chain_pem)
    ((_, changed),) = remembered.read([(path, False)], LATER_SECONDS)
    assert fingerprints(changed) == [SECOND.fingerprint]


def test_a_file_that_changed_just_now_is_read_again(tmp_path: Path) -> None:
    """It may change once more within the same tick, and look the same."""
    remembered, path = RememberedFiles(), write(tmp_path, FIRST.chain_pem)
    changed_at = os.stat(path).st_ctime
    ((_, first),) = remembered.read([(path, False)], changed_at + 1)
    ((_, again),) = remembered.read([(path, False)], changed_at + 1)
    assert again is not first


def test_trouble_is_never_remembered(tmp_path: Path) -> None:
    """What could not be read is tried again each time."""
    remembered, path = RememberedFiles(), write(tmp_path, b"")
    ((_, torn),) = remembered.read([(path, True)], LATER_SECONDS)
    ((_, again),) = remembered.read([(path, True)], LATER_SECONDS)
    assert trouble(torn) is GapReason.TORN
    assert again is not torn


def test_a_large_bundle_is_read_to_its_end(tmp_path: Path) -> None:
    """Beyond the bytes by which a file is told to hold certificates."""
    path = write(tmp_path, FIRST.chain_pem * 300 + SECOND.chain_pem)
    assert fingerprints(read_file(path, named=False)) == [*[FIRST.fingerprint] * 300, SECOND.fingerprint]
