"""Archives: what is in them is found, whoever wrote them; what is torn or a bomb is said; nothing is unpacked."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.artefacts.caps import Allowance, Caps, Exhausted, StreamFault
from incidentd.artefacts.scanned import UnreadReason
from incidentd.artefacts.streams import Peeked, RawFile
from incidentd.artefacts.tar import MemberKind, members
from tests.artefacts.world import (
    BLOB,
    KEY,
    QUEUE,
    SMALL,
    TABLE,
    found,
    header,
    places,
    reasons,
    scanned,
    scanned_bytes,
    tar_of,
)

FILES = {"etc/blob.pem": BLOB.pem, "etc/queue.der": QUEUE.der, "bin/app": b"\x7fELF" + b"\0" * 5000}
FIRST_ENDS_AT = 512 + len(BLOB.pem) + -len(BLOB.pem) % 512
FORMS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
ZIPPED: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_what_is_in_an_archive_is_found(tmp_path: Path, packing: str, form: int) -> None:
    """In all three formats, plain and packed, whatever the file is called."""
    content = tar_of(FILES, f"w:{packing}", form)
    result = scanned_bytes(tmp_path, content, "build")
    assert places(result, tmp_path) == {"blob.test": ["build!/etc/blob.pem"], "queue.test": ["build!/etc/queue.der"]}
    assert not result.unread


@pytest.mark.parametrize("packing", sorted(ZIPPED))
def test_a_certificate_that_is_packed_by_itself_is_found(tmp_path: Path, packing: str) -> None:
    """Also in several pieces one after the other, with padding behind them, as packers write them."""
    pack = ZIPPED[packing]
    half = len(BLOB.pem) // 2
    content = pack(BLOB.pem[:half]) + pack(BLOB.pem[half:]) + b"\0" * 512
    assert found(scanned_bytes(tmp_path, content)) == {BLOB.fingerprint}


def test_an_archive_in_an_archive_is_looked_into_once(tmp_path: Path) -> None:
    """The third is said, and not opened: a build that nests deeper can be unpacked."""
    innermost = tar_of({"table.pem": TABLE.pem})
    inner = gzip.compress(tar_of({"queue.pem": QUEUE.pem, "deeper.tar": innermost}))
    result = scanned_bytes(tmp_path, tar_of({"blob.pem": BLOB.pem, "inner.tgz": inner}))
    assert places(result, tmp_path) == {
        "blob.test": ["build.tar!/blob.pem"],
        "queue.test": ["build.tar!/inner.tgz!/queue.pem"],
    }
    assert [(one.place.removeprefix(f"{tmp_path}/"), one.reason) for one in result.unread] == [
        ("build.tar!/inner.tgz!/deeper.tar", UnreadReason.TOO_DEEP)
    ]


def test_what_is_packed_twice_is_said(tmp_path: Path) -> None:
    """And not unpacked again and again."""
    assert reasons(scanned_bytes(tmp_path, gzip.compress(gzip.compress(BLOB.pem)))) == [UnreadReason.TOO_DEEP]


@pytest.mark.parametrize("name", ["../../../etc/evil.pem", "/etc/evil.pem", "a/../../evil.pem", "..\\evil.pem", "x\0y"])
def test_names_lead_nowhere(tmp_path: Path, name: str) -> None:
    """A name that leads out of the archive is a name: nothing is written, and the certificate is found."""
    (tmp_path / "in").mkdir()
    before = sorted(os.listdir(tmp_path.parent))
    assert found(scanned_bytes(tmp_path / "in", tar_of({name: BLOB.pem}))) == {BLOB.fingerprint}
    assert os.listdir(tmp_path / "in") == ["build.tar"]
    assert (os.listdir(tmp_path), sorted(os.listdir(tmp_path.parent))) == (["in"], before)


def test_links_and_devices_are_names(tmp_path: Path) -> None:
    """A link to a certificate of this machine brings none into the build; a size that a link claims is none."""
    (tmp_path / "secret.pem").write_bytes(BLOB.pem)
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
            archive.addfile(header("link.pem", 9, kind, str(tmp_path / "secret.pem")))
        archive.addfile(header("own.pem", len(QUEUE.pem)), io.BytesIO(QUEUE.pem))
    result = scanned_bytes(tmp_path, written.getvalue())
    assert (found(result), result.unread) == ({QUEUE.fingerprint}, ())


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_torn_archive_is_said_with_what_was_whole(tmp_path: Path, packing: str, kept: float) -> None:
    """However much of it is left, nobody takes it for all."""
    content = tar_of({"blob.pem": BLOB.pem, "noise": os.urandom(200_000), "queue.pem": QUEUE.pem}, f"w:{packing}")
    result = scanned_bytes(tmp_path, content[: int(len(content) * kept)])
    assert set(reasons(result)) == {UnreadReason.TORN}
    assert found(result) <= {BLOB.fingerprint}


def test_an_archive_without_its_end_mark_is_torn(tmp_path: Path) -> None:
    """Cut between two members it looks whole but for the mark that is missing."""
    content = tar_of({"blob.pem": BLOB.pem}, form=tarfile.USTAR_FORMAT)
    assert reasons(scanned_bytes(tmp_path, content[:FIRST_ENDS_AT])) == [UnreadReason.TORN]
    assert reasons(scanned_bytes(tmp_path, content[: FIRST_ENDS_AT + 512])) == []


@pytest.mark.parametrize("name", ["build.tar", "build.tgz", "BUILD.TAR.GZ"])
def test_what_is_called_an_archive_and_is_none_is_said(tmp_path: Path, name: str) -> None:
    """Torn within its first header it could be anything."""
    assert reasons(scanned_bytes(tmp_path, tar_of(FILES)[:300], name)) == [UnreadReason.TORN]
    assert reasons(scanned_bytes(tmp_path, b"", name)) == [UnreadReason.TORN]


def test_an_empty_archive_is_empty(tmp_path: Path) -> None:
    """It has its end mark, and nothing before it."""
    result = scanned_bytes(tmp_path, tar_of({}))
    assert (result.added, result.unread) == ((), ())


@pytest.mark.parametrize("at", [600, 5000, 100_000])
@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_a_damaged_archive_is_said(tmp_path: Path, packing: str, at: int) -> None:
    """One byte is enough."""
    content = bytearray(tar_of({"noise": os.urandom(200_000), "queue.pem": QUEUE.pem}, f"w:{packing}"))
    content[at] ^= 0xFF
    assert set(reasons(scanned_bytes(tmp_path, bytes(content)))) <= {UnreadReason.DAMAGED, UnreadReason.TORN}
    assert reasons(scanned_bytes(tmp_path, bytes(content)))


def test_a_header_with_a_wrong_checksum_ends_the_archive(tmp_path: Path) -> None:
    """What follows it cannot be found any more."""
    content = bytearray(tar_of({"blob.pem": BLOB.pem, "queue.pem": QUEUE.pem}, form=tarfile.USTAR_FORMAT))
    content[FIRST_ENDS_AT + 3] ^= 0xFF
    result = scanned_bytes(tmp_path, bytes(content))
    assert (found(result), reasons(result)) == ({BLOB.fingerprint}, [UnreadReason.DAMAGED])


def test_a_number_in_a_header_ends_at_its_nul(tmp_path: Path) -> None:
    """Some old programs leave in the field what was there before."""
    block = bytearray(header("blob.pem", len(BLOB.pem)).tobuf(tarfile.USTAR_FORMAT))
    block[124:136] = f"{len(BLOB.pem):o}\0".encode().ljust(12, b"7")
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    assert found(scanned_bytes(tmp_path, bytes(block) + BLOB.pem + b"\0" * 1024)) == {BLOB.fingerprint}


@pytest.mark.parametrize("packing", sorted(ZIPPED))
def test_a_bomb_ends_with_a_word_and_in_little_memory(tmp_path: Path, packing: str) -> None:
    """By the bytes that come out of each packed one, and by all bytes together."""
    bomb = ZIPPED[packing](b"\0" * 16_000_000)
    assert reasons(scanned_bytes(tmp_path, tar_of({"a": bomb}), caps=SMALL)) == []  # its first bytes are no archive
    header_and_zeros = header("zeros", 15_900_000).tobuf() + b"\0" * 15_900_000
    packed = ZIPPED[packing](header_and_zeros)
    tracemalloc.start()
    try:
        by_ratio = scanned_bytes(tmp_path, tar_of({"a": packed, "queue.pem": QUEUE.pem}), caps=SMALL)
        by_total = scanned_bytes(tmp_path, packed, caps=Caps(total_bytes=4_000_000))
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()
    assert (found(by_ratio), reasons(by_ratio)) == ({QUEUE.fingerprint}, [UnreadReason.TOO_MUCH])
    assert reasons(by_total) == [UnreadReason.TOO_MUCH]


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_header_of_gigabytes_is_not_read(tmp_path: Path, kind: bytes) -> None:
    """A name needs no gigabyte, whatever the header says."""
    content = header("long", 4_000_000_000, kind).tobuf(tarfile.GNU_FORMAT) + b"x" * 2048
    assert reasons(scanned_bytes(tmp_path, content)) == [UnreadReason.TOO_LARGE]


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE], ids=["one", "all"])
def test_extended_headers_full_of_made_up_keys_are_no_bomb(tmp_path: Path, kind: bytes) -> None:
    """However many headers speak of the members that follow: what nobody uses is not kept."""
    keys = [f"GNU.sparse.{n:020}=\n" for n in range(60_000)]
    records = [f"{len(key) + 3} {key}".encode() for key in keys]
    headers = []
    for at in range(0, len(records), 20_000):
        content = b"".join(records[at : at + 20_000])
        headers += [header("pax", len(content), kind).tobuf(), content, bytes(-len(content) % 512)]
    path = tmp_path / "build.tar"
    path.write_bytes(b"".join(headers) + header("x", 1).tobuf() + b"x".ljust(512, b"\0") + bytes(1024))
    tracemalloc.start()
    try:
        result = scanned(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert [one.reason for one in result.unopened] == [UnreadReason.UNOPENED]  # it is a sparse file now


@pytest.mark.parametrize(
    "record", [b"x", b"99 path=a\n", b"9 path=aa", b"-1 path=a\n", b"\xd9\xa3 path=a\n", b"12 size=abc\n"]
)
def test_extended_headers_that_cannot_be_followed_are_damage(tmp_path: Path, record: bytes) -> None:
    """They say where the next member ends: without them nothing more is found."""
    content = header("pax", len(record), tarfile.XHDTYPE).tobuf() + record.ljust(512, b"\0") + tar_of(FILES)
    assert reasons(scanned_bytes(tmp_path, content)) == [UnreadReason.DAMAGED]


def test_more_members_than_the_cap_end_it_with_a_word(tmp_path: Path) -> None:
    """Also where they hold nothing."""
    content = tar_of({f"{n}": b"" for n in range(SMALL.members + 1)}, form=tarfile.USTAR_FORMAT)
    assert reasons(scanned_bytes(tmp_path, content, caps=SMALL)) == [UnreadReason.TOO_MUCH]


def test_a_hundred_thousand_members_are_looked_at(tmp_path: Path) -> None:
    """One certificate among them is found."""
    empty = header("empty").tobuf(tarfile.USTAR_FORMAT)
    content = empty * 99_999 + tar_of({"last.pem": BLOB.pem}, form=tarfile.USTAR_FORMAT)
    result = scanned_bytes(tmp_path, content)
    assert (found(result), result.unread) == ({BLOB.fingerprint}, ())


def test_a_sparse_file_is_said(tmp_path: Path) -> None:
    """GNU's, with a map that goes on in a block of its own, and what follows it is found."""
    block = bytearray(header("sparse.img", 512, tarfile.GNUTYPE_SPARSE).tobuf(tarfile.GNU_FORMAT))
    block[482] = 1
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    content = bytes(block) + b"\0" * 512 + b"x" * 512 + tar_of({"blob.pem": BLOB.pem})
    result = scanned_bytes(tmp_path, content)
    assert (found(result), [one.reason for one in result.unopened]) == ({BLOB.fingerprint}, [UnreadReason.UNOPENED])


def test_a_key_in_an_archive_is_kept_nowhere(tmp_path: Path) -> None:
    """Nor its name's neighbour."""
    result = scanned_bytes(tmp_path, tar_of({"tls.key": KEY, "tls.crt": BLOB.pem + KEY}))
    assert found(result) == {BLOB.fingerprint}
    assert "PRIVATE" not in repr(result) and "MC4CAQ" not in repr(result)


LETTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
NAMES = st.text(LETTERS, min_size=1, max_size=150).filter(lambda name: not name.endswith("/"))


@given(st.dictionaries(NAMES, st.binary(max_size=700)), st.sampled_from(FORMS[1:]))
def test_members_are_what_the_library_wrote(files: dict[str, bytes], form: int) -> None:
    """Names of any length in any letters, contents of any size: in its order."""
    stream = Peeked(RawFile(io.BytesIO(tar_of(files, form=form)), Allowance(Caps())))
    read = [(one.name, one.kind, one.content.read(10_000)) for one in members(stream, Allowance(Caps()))]
    assert read == [(name, MemberKind.FILE, content) for name, content in files.items()]


@given(st.data())
def test_no_bytes_are_an_error(data: st.DataObject) -> None:
    """Whatever is done to an archive, reading it ends, with members or with a fault."""
    content = bytearray(tar_of({"é" * 120: BLOB.pem, "b": b"x"}, form=data.draw(st.sampled_from(FORMS[1:]))))
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=8)):
        content[at] = byte
    allowance = Allowance(SMALL)
    try:
        for one in members(Peeked(RawFile(io.BytesIO(content), allowance, len(content))), allowance):
            one.content.peek(100)
    except (StreamFault, Exhausted) as end:
        assert str(end)
