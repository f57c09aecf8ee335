"""Caps: how much of a build is looked at, at most. They count; none of them measures time."""

from dataclasses import dataclass

from incidentd.artefacts.scanned import UnreadReason

MIB = 1024 * 1024


class StreamFault(Exception):
    """A stream cannot be followed any further. It ends what is read from it, and is told as unread."""

    def __init__(self, reason: UnreadReason, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class Exhausted(Exception):
    """The build as a whole has met a cap: nothing more of it is looked at."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What one build may cost."""

    total_bytes: int = 16 * 1024 * MIB
    """Read, and unpacked, together."""
    expansion: int = 250
    """Bytes out of one packed byte, once `free_expansion_bytes` have come out of one stream."""
    free_expansion_bytes: int = 256 * MIB
    members: int = 1_000_000
    """Files, folders and everything else that has a name."""
    certificates: int = 20_000
    """Different ones."""
    certificate_bytes: int = 64 * MIB
    """Of different ones, together."""
    kept_bytes: int = 64 * MIB
    """Manifests of an image, and names in it that have to be remembered, together."""
    steps: int = 50_000_000
    """Folders that are looked up while the layers of images are laid over each other."""
    nesting: int = 1
    """Archives within an archive; what lies in a folder is no nesting."""


class Allowance:
    """What is left of the caps of one build. Raises Exhausted."""

    def __init__(self, caps: Caps) -> None:
        self.caps = caps
        self._bytes = 0
        self._members = 0
        self._certificates = 0
        self._certificate_bytes = 0
        self._kept_bytes = 0
        self._steps = 0

    def spend_bytes(self, count: int) -> None:
        """So many were read or unpacked."""
        self._bytes += count
        if self._bytes > self.caps.total_bytes:
            raise Exhausted(f"more than {self.caps.total_bytes} bytes come out of it")

    def spend_member(self) -> None:
        """One more file, folder or other name."""
        self._members += 1
        if self._members > self.caps.members:
            raise Exhausted(f"more than {self.caps.members} files and folders are in it")

    def spend_kept(self, count: int) -> None:
        """So many bytes are kept in memory while the build is looked at."""
        self._kept_bytes += count
        if self._kept_bytes > self.caps.kept_bytes:
            raise Exhausted(f"more than {self.caps.kept_bytes} bytes of manifests and names are in it")

    def spend_steps(self, count: int) -> None:
        """So many folders are looked up."""
        self._steps += count
        if self._steps > self.caps.steps:
            raise Exhausted("its images have too many layers, over too many files, in too many folders")

    def spend_certificate(self, size_bytes: int) -> None:
        """One more certificate that was not met before."""
        self._certificates += 1
        self._certificate_bytes += size_bytes
        if self._certificates > self.caps.certificates:
            raise Exhausted(f"more than {self.caps.certificates} different certificates are in it")
        if self._certificate_bytes > self.caps.certificate_bytes:
            raise Exhausted(f"its certificates have more than {self.caps.certificate_bytes} bytes")
