"""A folder: every regular file in it is looked at, nothing outside it is, and what could not be read is said."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.artefacts.caps import Caps
from incidentd.artefacts.gathering import MOST_PLACES, Gathered
from incidentd.artefacts.scanned import Held, UnreadReason
from incidentd.errors import UsageError
from incidentd.model.certificate import Certificate
from tests.artefacts.world import (
    BLOB,
    ISSUER,
    KEY,
    QUEUE,
    ROOTS,
    SMALL,
    TABLE,
    found,
    places,
    reasons,
    scanned,
    scanned_bytes,
    written,
)

JAVA_KEYSTORE = b"\xfe\xed\xfe\xed\x00\x00\x00\x02" + b"\x00" * 16
UTF16 = "\ufeff".encode("utf-16-le") + BLOB.pem.decode().encode("utf-16-le")


def test_certificates_are_found_in_pem_der_and_utf16_whatever_their_files_are_called(tmp_path: Path) -> None:
    """Each with the path of its file; a folder of code around them is nothing."""
    files = {"a/blob": BLOB.pem, "b.der": QUEUE.der, "c/d/e.txt": b"# ours\n" + TABLE.pem, "main.py": b"print(1)\n"}
    result = scanned(written(tmp_path, files))
    assert places(result, tmp_path) == {"blob.test": ["a/blob"], "queue.test": ["b.der"], "table.test": ["c/d/e.txt"]}
    assert not result.unread
    assert found(scanned_bytes(tmp_path, UTF16, "windows.cer")) == {BLOB.fingerprint}


def test_a_certificate_in_many_files_is_one_with_its_first_places(tmp_path: Path) -> None:
    """However many files hold it, what is remembered of it stays small."""
    result = scanned(written(tmp_path, {f"{n:02}.pem": BLOB.pem for n in range(MOST_PLACES + 5)}))
    assert [(len(one.places), one.more, one.places[0]) for one in result.added] == [
        (MOST_PLACES, 5, f"{tmp_path}/00.pem")
    ]


def test_a_key_beside_a_certificate_is_kept_nowhere(tmp_path: Path) -> None:
    """Neither in what was found nor in what is said of it."""
    result = scanned(written(tmp_path, {"both.pem": KEY + BLOB.pem, "alone.pem": KEY}))
    assert found(result) == {BLOB.fingerprint}
    assert not result.unread
    assert "PRIVATE" not in repr(result) and "MC4CAQ" not in repr(result)


def test_links_are_not_followed_and_pipes_not_opened(tmp_path: Path) -> None:
    """A link may lead out of the build, or to a folder above it: what it leads to is no part of the build."""
    written(tmp_path / "outside", {"secret.pem": BLOB.pem})
    build = written(tmp_path / "build", {"own.pem": QUEUE.pem})
    os.symlink(tmp_path / "outside" / "secret.pem", build / "file.pem")
    os.symlink(tmp_path / "outside", build / "folder")
    os.symlink(build, build / "round")
    os.mkfifo(build / "pipe.pem")
    assert found(scanned(build)) == {QUEUE.fingerprint}


def test_a_link_that_somebody_names_is_followed(tmp_path: Path) -> None:
    """It is the build then, as `latest.tar` often is."""
    written(tmp_path, {"v1/own.pem": QUEUE.pem})
    os.symlink(tmp_path / "v1" / "own.pem", tmp_path / "file.pem")
    os.symlink(tmp_path / "v1", tmp_path / "folder")
    assert found(scanned(tmp_path / "file.pem")) == found(scanned(tmp_path / "folder")) == {QUEUE.fingerprint}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (BLOB.pem[:-40], UnreadReason.TORN),
        (BLOB.der[:-1], UnreadReason.TORN),
        (b"-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n", UnreadReason.CERTIFICATE),
        (JAVA_KEYSTORE, UnreadReason.KEYSTORE),
        (BLOB.pem + b"x" * (10 * 1024 * 1024), UnreadReason.TOO_LARGE),
    ],
    ids=["torn pem", "torn der", "no certificate in the block", "keystore", "too large"],
)
def test_what_should_hold_certificates_and_cannot_be_read_is_said(
    tmp_path: Path, content: bytes, reason: UnreadReason
) -> None:
    """A build with it is not one without certificates."""
    result = scanned(written(tmp_path, {"one.pem": content}))
    assert [(one.place, one.reason) for one in result.unread] == [(f"{tmp_path}/one.pem", reason)]
    assert not result.added


@pytest.mark.parametrize("content", [b"", b"0 is a text\n", b"\x7fELF\0\0\0\0\n-----BEGIN CERTIFICATE-----\nAA\n", KEY])
def test_what_is_something_else_is_nothing(tmp_path: Path, content: bytes) -> None:
    """An empty file, a text, a program that speaks of certificates, a key."""
    result = scanned(written(tmp_path, {"other": content}))
    assert (result.added, result.unread, result.unopened) == ((), (), ())


def test_the_java_trust_store_is_no_keystore_of_the_build(tmp_path: Path) -> None:
    """Every image with a JRE has one, called cacerts; under any other name it may hold anything."""
    result = scanned(written(tmp_path, {"lib/security/cacerts": JAVA_KEYSTORE, "app.jks": JAVA_KEYSTORE}))
    assert [one.place for one in result.unread] == [f"{tmp_path}/app.jks"]


def test_archives_of_other_kinds_are_said_and_held_against_nobody(tmp_path: Path) -> None:
    """Unless one of them is the build itself."""
    written(tmp_path, {"app/lib.jar": b"PK\x03\x04 and so on", "app/a.zst": b"\x28\xb5\x2f\xfd..."})
    result = scanned(tmp_path / "app")
    assert ([one.reason for one in result.unopened], result.unread) == ([UnreadReason.UNOPENED] * 2, ())
    assert reasons(scanned(tmp_path / "app" / "lib.jar")) == [UnreadReason.UNSUPPORTED]


def test_what_vouches_for_others_is_no_update(tmp_path: Path) -> None:
    """Trust bundles and roots stand apart; an issuing CA by itself, or a leaf with its chain, does not."""
    files = {
        "bundle.pem": b"".join(one.pem for one in ROOTS),
        "root.crt": ROOTS[0].pem,
        "issuer.pem": ISSUER.pem,
        "chain.pem": BLOB.pem + ROOTS[1].pem,
    }
    result = scanned(written(tmp_path, files))
    assert found(result) == {ISSUER.fingerprint, BLOB.fingerprint, ROOTS[1].fingerprint}
    assert len(result.trust) == len(ROOTS) - 1


def test_what_is_ignored_is_not_said(tmp_path: Path) -> None:
    """By globs over the whole place."""
    written(tmp_path, {"test/data/torn.pem": BLOB.pem[:-40], "test/data/a.pem": QUEUE.pem, "b.pem": BLOB.pem})
    result = scanned(tmp_path, ignored=("*/test/*",))
    assert (found(result), result.unread) == ({BLOB.fingerprint}, ())


def test_a_file_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    """Nobody knows what is in it; and neither of a device."""
    assert reasons(scanned(Path(os.devnull))) == [UnreadReason.NOT_ACCESSIBLE]
    (written(tmp_path, {"closed/a.pem": BLOB.pem}) / "closed").chmod(0)
    try:
        expected = [] if os.geteuid() == 0 else [UnreadReason.NOT_ACCESSIBLE]
        assert reasons(scanned(tmp_path)) == expected
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_a_build_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    """A path that is misspelled must not pass for a build without certificates."""
    with pytest.raises(UsageError, match="no such file"):
        scanned(tmp_path / "none")


def test_more_files_than_the_cap_end_it_with_a_word(tmp_path: Path) -> None:
    """What follows was not looked at, and that is said."""
    result = scanned(written(tmp_path, {f"{n}.txt": b"x" for n in range(SMALL.members + 1)}), SMALL)
    assert reasons(result) == [UnreadReason.TOO_MUCH]


def test_a_certificate_in_thousands_of_files_is_counted_once_and_spent_once(tmp_path: Path) -> None:
    """It is parsed once: what the caps allow are different certificates."""
    (tmp_path / "0.pem").write_bytes(BLOB.pem)
    for n in range(1, 3_000):
        os.link(tmp_path / "0.pem", tmp_path / f"{n}.pem")
    result = scanned(tmp_path, Caps(certificates=1))
    assert [len(one.places) + one.more for one in result.added] == [3_000]
    assert not result.unread


def test_more_different_certificates_than_the_cap_end_it_with_a_word(tmp_path: Path) -> None:
    """Whoever makes certificates decides on no memory of ours."""
    written(tmp_path, {"a.pem": BLOB.pem, "b.pem": QUEUE.pem, "c.pem": TABLE.pem})
    result = scanned(tmp_path, Caps(certificates=2))
    assert (len(result.added), reasons(result)) == (2, [UnreadReason.TOO_MUCH])
    assert reasons(scanned(tmp_path, Caps(certificate_bytes=100))) == [UnreadReason.TOO_MUCH]


CERTIFICATES = [one.certificate for one in (BLOB, QUEUE, TABLE, ISSUER, *ROOTS)]


@given(st.lists(st.tuples(st.text("abc", max_size=2), st.sampled_from(CERTIFICATES))))
def test_the_order_of_files_decides_nothing(files: list[tuple[str, Certificate]]) -> None:
    """The same files in another order are the same result, to the last place."""
    held = [Held(place, (certificate,)) for place, certificate in files]
    forth, back = Gathered(), Gathered()
    forth.take(held)
    back.take(reversed(held))
    assert forth.scanned() == back.scanned()
