"""Where an image layout is: in a folder, or in a tar, plain or packed, in whose own order its files are read."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from incidentd.artefacts.caps import Allowance, StreamFault
from incidentd.artefacts.folder import not_accessible, opened
from incidentd.artefacts.images import INDEX, MARK, MAX_DOCUMENT_BYTES
from incidentd.artefacts.inflating import unpacked
from incidentd.artefacts.kinds import SNIFFED_BYTES
from incidentd.artefacts.layers import clean
from incidentd.artefacts.scanned import UnreadReason
from incidentd.artefacts.streams import Stream, torn
from incidentd.artefacts.tar import MemberKind, begins_like_tar, members

_BLOBS = "blobs/"
_BESIDE = (INDEX, MARK, "manifest.json", "repositories")
"""Files at the top of a layout; the last two are what `docker save` puts beside it."""
BELONGS = (*_BESIDE, _BLOBS.rstrip("/"))
"""What a layout has at its top. Whatever else lies beside it is another part of the build."""


@dataclass(frozen=True, slots=True)
class FolderLayout:
    """A layout in a folder."""

    path: str
    allowance: Allowance

    def document(self, name: str) -> bytes:
        try:
            with opened(os.path.join(self.path, name), self.allowance) as stream:
                return _whole(stream, self.allowance)
        except OSError as error:
            raise StreamFault(UnreadReason.NOT_ACCESSIBLE, not_accessible(name, error).text) from None

    def streams(self, names: Collection[str]) -> Iterator[tuple[str, Stream]]:
        for name in names:
            try:
                with opened(os.path.join(self.path, name), self.allowance) as stream:
                    yield name, stream
            except OSError:
                continue  # a layer that is missing is said by whoever wants it


@dataclass(frozen=True, slots=True)
class TarLayout:
    """A layout in an archive."""

    path: str
    allowance: Allowance
    documents: dict[str, bytes] = field(repr=False)

    def document(self, name: str) -> bytes:
        if name not in self.documents:
            raise torn("a document of the image is missing, or too large for one")
        return self.documents[name]

    def streams(self, names: Collection[str]) -> Iterator[tuple[str, Stream]]:
        with opened(self.path, self.allowance, follow=True) as stream:
            for member in members(unpacked(stream, self.allowance), self.allowance):
                name = clean(member.name)
                if name in names and member.kind is MemberKind.FILE:
                    yield name, member.content


def layout_in_folder(path: str, allowance: Allowance) -> FolderLayout | None:
    """The layout that a folder is; None for other folders."""
    is_one = all(os.path.isfile(os.path.join(path, name)) for name in (MARK, INDEX))
    return FolderLayout(path, allowance) if is_one else None


def layout_in_file(path: str, allowance: Allowance) -> TarLayout | None:
    """The layout that an archive holds; None for all else, and for one that is torn. Raises OSError and Exhausted."""
    try:
        with opened(path, allowance, follow=True) as stream:
            documents = _documents(unpacked(stream, allowance), allowance)
    except StreamFault:
        return None
    return TarLayout(path, allowance, documents) if {MARK, INDEX} <= documents.keys() else None


def _documents(stream: Stream, allowance: Allowance) -> dict[str, bytes]:
    """The small JSON files of a layout; nothing as soon as a file is met that belongs to none."""
    documents: dict[str, bytes] = {}
    if not begins_like_tar(stream.peek(SNIFFED_BYTES)):
        return documents
    for member in members(stream, allowance):
        name = clean(member.name)
        if member.kind is MemberKind.FOLDER:
            continue
        if name not in _BESIDE and not name.startswith(_BLOBS):
            return {}
        is_small = member.kind is MemberKind.FILE and member.content.left_bytes <= MAX_DOCUMENT_BYTES
        if is_small and member.content.peek(1) == b"{":
            documents[name] = _whole(member.content, allowance)
    return documents


def _whole(stream: Stream, allowance: Allowance) -> bytes:
    content = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        text = f"a document of the image has more than {MAX_DOCUMENT_BYTES} bytes"
        raise StreamFault(UnreadReason.TOO_LARGE, text)
    allowance.spend_kept(len(content))
    return content
