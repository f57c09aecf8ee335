"""OCI image layouts (image-spec: image-layout.md, image-index.md, manifest.md): every image of every platform in one.

Each blob is what its digest says, or it is damaged. Documents are small, and nothing in them is believed.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from incidentd.artefacts.caps import MIB, Allowance, StreamFault
from incidentd.artefacts.layers import Layer, laid_over, read_layer, under
from incidentd.artefacts.looking import WITHIN, Eye, Spot
from incidentd.artefacts.scanned import Event, Unread, UnreadReason
from incidentd.artefacts.streams import Peeked, Raw, Stream, discard
from incidentd.artefacts.tar import damaged

INDEX, MARK = "index.json", "oci-layout"
MAX_DOCUMENT_BYTES = 4 * MIB
"""image-spec, manifest.md: what registries accept at least, and hardly more."""
_MAX_IMAGES = 100
_MAX_LAYERS = 200
_MAX_DEPTH = 4
_SHORT = 12
"""Characters of a digest that tell an image apart, where its platform is not said."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_CHUNK_BYTES = 256 * 1024


class Blobs(Protocol):
    """Where the files of a layout are."""

    def document(self, name: str) -> bytes:
        """A small file, whole. Raises StreamFault and Exhausted."""
        ...

    def streams(self, names: Collection[str]) -> Iterator[tuple[str, Stream]]:
        """Those of the files that are there, in any order. Raises StreamFault and Exhausted."""
        ...


@dataclass(frozen=True, slots=True)
class _Image:
    """One image: what tells it apart, and its layers from the lowest, each with whether it should be an archive."""

    label: str
    layers: tuple[tuple[str, bool], ...]


def look_at_image(blobs: Blobs, place: str, eye: Eye) -> Iterator[Event]:
    """What the images of a layout carry. Raises Exhausted."""
    images: list[_Image] = []
    yield from _images(blobs, place, images, eye.allowance)
    wanted = {name: is_archive for image in images for name, is_archive in image.layers}
    layers: dict[str, Layer] = {}
    try:
        for name, stream in blobs.streams(wanted):
            layers[name] = _layer(name, stream, wanted[name], eye)
    except StreamFault as fault:
        yield Unread(place, fault.reason, fault.text)
    missing = Layer(unread=[Unread("", UnreadReason.TORN, "a layer of the image is missing")])
    for image in images:
        label = f"{image.label}{WITHIN}" if len(images) > 1 else ""
        laid = laid_over((layers.get(name, missing) for name, _ in image.layers), eye.allowance)
        yield from under(place + WITHIN + label, laid)


def _images(blobs: Blobs, place: str, images: list[_Image], allowance: Allowance) -> Iterator[Event]:
    """Fills `images` with those that the index leads to, over other indexes too; what is wrong is yielded."""
    pending: list[tuple[str, str, int]] = [(INDEX, "", 0)]
    seen: set[str] = set()
    while pending:
        name, label, depth = pending.pop()
        allowance.spend_member()
        try:
            document = _document(blobs, name)
            if "layers" in document:
                images.append(_Image(label or name[-_SHORT:], tuple(_layers(document, allowance))))
                continue
            found = {one: said for one, said in _manifests(document) if one not in seen}
            if depth == _MAX_DEPTH or len(seen) + len(found) > _MAX_IMAGES:
                text = f"more than {_MAX_IMAGES} images, or {_MAX_DEPTH} indexes in each other"
                raise StreamFault(UnreadReason.TOO_MUCH, text)
            seen.update(found)
            pending += [(one, said or label, depth + 1) for one, said in found.items()]
        except StreamFault as fault:
            yield Unread(f"{place}{WITHIN}{name}", fault.reason, fault.text)


def _layer(name: str, stream: Stream, is_archive: bool, eye: Eye) -> Layer:
    hashed = _Hashed(stream, name)
    content = Peeked(hashed)
    layer = read_layer(content, eye) if is_archive else Layer({name: list(eye.look(content, Spot(name, depth=1)))})
    try:
        hashed.finish()
    except StreamFault as fault:
        if not layer.unread:
            layer.unread.append(Unread("", fault.reason, fault.text))
    return layer


class _Hashed:
    """A raw stream that knows what it should have been."""

    def __init__(self, stream: Raw, name: str) -> None:
        self._stream = stream
        _, algorithm, self._wanted = name.split("/")
        self._hash = hashlib.new(algorithm, usedforsecurity=True)

    def read(self, most: int) -> bytes:
        piece = self._stream.read(most)
        self._hash.update(piece)
        return piece

    def skip(self, count: int) -> None:
        discard(self, count)

    def finish(self) -> None:
        """Reads what is left. Raises StreamFault for what is not what its digest says."""
        while self.read(_CHUNK_BYTES):
            pass
        if self._hash.hexdigest() != self._wanted:
            raise _not_as_said()


def _not_as_said() -> StreamFault:
    return damaged("a part of the image is not what its digest says")


def _document(blobs: Blobs, name: str) -> dict[str, Any]:
    content = blobs.document(name)
    if name != INDEX:
        _, algorithm, wanted = name.split("/")
        if hashlib.new(algorithm, content, usedforsecurity=True).hexdigest() != wanted:
            raise _not_as_said()
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise damaged("a document of the image is no JSON") from None
    if not isinstance(document, dict):
        raise damaged("a document of the image is no JSON object")
    return document


def _manifests(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where an index leads: names of blobs, each with its platform."""
    for one in _listed(document, "manifests"):
        platform = one.get("platform")
        said = [platform.get(part) for part in ("os", "architecture", "variant")] if isinstance(platform, dict) else []
        yield _blob_name(one), "/".join(part for part in said if isinstance(part, str))


def _layers(document: dict[str, Any], allowance: Allowance) -> Iterator[tuple[str, bool]]:
    layers = _listed(document, "layers")
    if len(layers) > _MAX_LAYERS:
        raise StreamFault(UnreadReason.TOO_MUCH, f"more than {_MAX_LAYERS} layers are in one image")
    for one in layers:
        allowance.spend_member()
        yield _blob_name(one), "tar" in str(one.get("mediaType", "tar"))


def _listed(document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    listed = document.get(key)
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise damaged("a document of the image lists nothing that could be followed")
    return listed


def _blob_name(descriptor: dict[str, Any]) -> str:
    """The file of a blob; a digest of another form leads nowhere."""
    digest = descriptor.get("digest")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise damaged("a document of the image names a digest that is none")
    return "blobs/" + digest.replace(":", "/")
