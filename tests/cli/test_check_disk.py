"""What a path comes to: real files and folders."""

from pathlib import Path

import pytest

from incidentd.cli.checking.disk import ReadPath, Written, read_path
from incidentd.model.observation import GapReason
from tests.cli.world import NOW
from tests.nobody import as_nobody, reachable_folder
from tests.sources.world import issued

A, B = issued("a.test"), issued("b.test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two certificates, one of them deeper, a key and a text."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.pem").write_bytes(A.chain_pem)
    (tmp_path / "deep" / "b.pem").write_bytes(B.chain_pem)
    (tmp_path / "deep" / "b.key").write_bytes(B.key_pem)
    (tmp_path / "README").write_text("no certificate")
    return tmp_path


def read(text: str) -> ReadPath:
    return read_path(Written(text, text), NOW)


def test_a_folder_is_one_target_a_file(folder: Path) -> None:
    """Files without certificates are passed over, and counted."""
    whole = read(str(folder))
    assert [one.target for one in whole.found] == [str(folder / "a.pem"), str(folder / "deep" / "b.pem")]
    assert whole.passed_over == 2


def test_a_file_is_the_target_as_it_was_given(folder: Path) -> None:
    """However it was spelled."""
    spelled = f"{folder}/deep/../a.pem"
    assert [one.target for one in read(spelled).found] == [spelled]


def test_a_relative_folder_has_relative_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a person, or an annotation of a workflow, needs them."""
    monkeypatch.chdir(folder)
    assert [(one.target, one.path) for one in read("deep").found] == [("deep/b.pem", "deep/b.pem")]
    assert [one.target for one in read("./**/*.pem").found] == ["a.pem", "deep/b.pem"]


@pytest.mark.parametrize("name", ["missing.pem", "missing/", "README", "*.crt", "deep/b.key"])
def test_what_is_named_and_holds_no_certificate_is_unreadable(folder: Path, name: str) -> None:
    """A spelling mistake, or a mount that is missing, must not pass for clean."""
    text = f"{folder}/{name}"
    (found,) = read(text).found
    assert (found.target, len(found.observations), len(found.gaps)) == (text, 0, 1)


@pytest.mark.parametrize(
    ("name", "text"),
    [("README", "no certificate is in it"), ("deep/b.key", "it holds a private key, no certificate")],
)
def test_a_named_file_without_a_certificate_says_what_it_holds(folder: Path, name: str, text: str) -> None:
    """In words for one who has no configuration."""
    assert [gap.text for gap in read(f"{folder}/{name}").found[0].gaps] == [text]


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH "])
def test_private_keys_are_known_by_their_label(tmp_path: Path, kind: str) -> None:
    """RFC 7468 10 and 11, and what OpenSSL and OpenSSH write; a public key is none."""
    pem = f"-----BEGIN {kind}PRIVATE KEY-----\nAAAA\n-----END {kind}PRIVATE KEY-----\n"
    (tmp_path / "a").write_text(pem)
    (tmp_path / "b").write_text(pem.replace("PRIVATE", "PUBLIC"))
    texts = [read(f"{tmp_path}/{name}").found[0].gaps[0].text for name in "ab"]
    assert texts == ["it holds a private key, no certificate", "no certificate is in it"]


def test_a_folder_without_any_certificate_is_unreadable(tmp_path: Path) -> None:
    """It was named because some should be there."""
    (found,) = read(str(tmp_path)).found
    assert (found.target, found.gaps[0].reason) == (str(tmp_path), GapReason.UNREADABLE)
    assert "no certificate is in this folder" in found.gaps[0].text


def test_a_torn_file_in_a_folder_is_told(folder: Path) -> None:
    """Beside the good ones."""
    (folder / "torn.pem").write_bytes(A.chain_pem[:200])
    gaps = {one.target: one.gaps[0].reason for one in read(str(folder)).found if one.gaps}
    assert gaps == {str(folder / "torn.pem"): GapReason.TORN}


def test_a_folder_that_may_not_be_listed_is_told() -> None:
    """By its own path."""
    with reachable_folder() as folder:
        (folder / "a.pem").write_bytes(A.chain_pem)
        read(str(folder))  # what reading needs is imported now: nobody may not be able to
        (folder / "deep").mkdir(mode=0)
        with as_nobody():
            gaps = {one.target: one.gaps[0].reason for one in read(str(folder)).found if one.gaps}
    assert gaps == {str(folder / "deep"): GapReason.PERMISSION}
