"""What a part of a build is, by its first bytes; names decide nothing, but what they promise must be kept. Pure."""

from enum import Enum

SNIFFED_BYTES = 64 * 1024
_ARCHIVE_ENDINGS = (".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")


class Packing(Enum):
    """How a stream is packed."""

    GZIP = b"\x1f\x8b\x08"
    BZIP2 = b"BZh"
    XZ = b"\xfd7zXZ\0"

    @property
    def magic(self) -> bytes:
        """How such a stream begins."""
        return self.value


_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")
"""The first block, or the end at once."""

_UNOPENED = {
    b"PK\x03\x04": "a zip archive (zip, jar, war, whl)",
    b"PK\x05\x06": "an empty zip archive",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"!<arch>\ndebian-binary": "a deb package",
    b"\xed\xab\xee\xdb": "an rpm package",
    b"\x1f\x9d": "packed by compress",
    b"\x5d\x00\x00": "packed by lzma",
}


def packing_of(begin: bytes) -> Packing | None:
    """How what begins like this is packed; None for what is not, or not so that it is unpacked here."""
    found = next((one for one in Packing if begin.startswith(one.magic)), None)
    if found is Packing.BZIP2 and not begin[4:10].startswith(_BZIP2_BLOCKS):
        return None
    return found


def unopened_kind(begin: bytes) -> str | None:
    """What kind of archive this is that is not opened; None for all else."""
    return next((kind for magic, kind in _UNOPENED.items() if begin.startswith(magic)), None)


def promises_an_archive(name: str) -> bool:
    """True for a name that only archives have that are opened here."""
    return name.lower().endswith(_ARCHIVE_ENDINGS)
