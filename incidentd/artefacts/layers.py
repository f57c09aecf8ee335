"""Layers of an image, one over the other (OCI image-spec, layer.md): what of the lower ones is still there at the end.

Paths are texts: nothing is unpacked, and no link is followed. Of a path that holds no certificate a hash is kept.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from posixpath import normpath, split

from incidentd.artefacts.caps import Allowance, StreamFault
from incidentd.artefacts.inflating import unpacked
from incidentd.artefacts.kinds import unopened_kind
from incidentd.artefacts.looking import Eye, Spot
from incidentd.artefacts.scanned import Event, Unread, UnreadReason
from incidentd.artefacts.streams import Stream
from incidentd.artefacts.tar import Member, MemberKind, begins_like_tar, damaged, members

_WHITEOUT, _OPAQUE, _OWN = ".wh.", ".wh..wh..opq", ".wh..wh."
_SNIFFED_BYTES = 1024

Paths = dict[str, list[Event]]
"""What stands under each path that has something to say."""


@dataclass(slots=True)
class Layer:
    """What one layer brings, and what of those beneath it it hides. Paths that are only compared are hashes of text."""

    held: Paths = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    """Hard links, each with its target."""
    unread: list[Unread] = field(default_factory=list)
    """What is said of the layer as a whole."""
    files: set[int] = field(default_factory=set)
    """Everything that is no folder."""
    folders: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    emptied: set[int] = field(default_factory=set)
    """Folders of which nothing beneath counts any more."""


def read_layer(stream: Stream, eye: Eye) -> Layer:
    """One layer, plain or packed; what is wrong with it is in `unread`. Raises Exhausted."""
    layer = Layer()
    try:
        content = unpacked(stream, eye.allowance)
        begin = content.peek(_SNIFFED_BYTES)
        if begins_like_tar(begin) or not begin.strip(b"\0"):
            for member in members(content, eye.allowance):
                _take(layer, member, eye)
        else:
            layer.unread.append(_not_an_archive(begin))
    except StreamFault as fault:
        layer.unread.append(Unread("", fault.reason, fault.text))
    return layer


def laid_over(layers: Iterable[Layer], allowance: Allowance) -> Iterator[Event]:
    """What is there at the end, the lowest layer first; and what could not be read of any of them. Raises Exhausted."""
    paths: Paths = {}
    for layer in layers:
        yield from layer.unread
        allowance.spend_steps(sum(path.count("/") + 1 for path in paths))
        paths = _over(paths, layer)
    for events in paths.values():
        yield from events


def clean(name: str) -> str:
    """A name in an archive as a path without a beginning; upwards it leads to the top, as in a container."""
    return normpath("/" + name.lstrip("/")).lstrip("/")


def _take(layer: Layer, member: Member, eye: Eye) -> None:
    path = clean(member.name)
    folder, name = split(path)
    if name == _OPAQUE:
        layer.emptied.add(hash(folder))
    elif name.startswith(_WHITEOUT):
        if not name.startswith(_OWN):
            layer.hidden.add(hash(f"{folder}/{name[len(_WHITEOUT) :]}".lstrip("/")))
    elif member.kind is MemberKind.FOLDER:
        layer.folders.add(hash(path))
    else:
        layer.files.add(hash(path))
        _take_file(layer, path, member, eye)


def _take_file(layer: Layer, path: str, member: Member, eye: Eye) -> None:
    layer.held.pop(path, None)  # the last one of a name counts
    layer.links.pop(path, None)
    if member.kind is MemberKind.HARD_LINK:
        layer.links[path] = clean(member.target)
        eye.allowance.spend_kept(len(path) + len(member.target))
    elif events := list(eye.member(member, Spot(path, depth=1))):
        layer.held[path] = events
        eye.allowance.spend_kept(sum(len(event.place) for event in events))


def _over(lower: Paths, layer: Layer) -> Paths:
    paths = {path: events for path, events in lower.items() if _survives(path, layer)}
    paths.update(layer.held)
    for link, target in layer.links.items():
        if target in paths:
            paths[link] = [_moved(event, target, link) for event in paths[target]]
    return paths


def _survives(path: str, layer: Layer) -> bool:
    """Neither it nor a folder above it was taken away, replaced, or emptied."""
    if hash(path) in layer.folders:
        return False
    above = path
    while above:
        if hash(above) in layer.hidden or hash(above) in layer.files:
            return False
        above = split(above)[0]
        if hash(above) in layer.emptied:
            return False
    return True


def _moved(event: Event, target: str, link: str) -> Event:
    return replace(event, place=link + event.place[len(target) :])


def _not_an_archive(begin: bytes) -> Unread:
    kind = unopened_kind(begin)
    if kind is None:
        fault = damaged("a layer of the image is no archive")
        return Unread("", fault.reason, fault.text)
    return Unread("", UnreadReason.UNSUPPORTED, f"a layer of the image is {kind}, which is not opened: pack it by gzip")


def under(prefix: str, events: Iterable[Event]) -> Iterator[Event]:
    """Events with their places beneath another; what is said of the whole stands at the prefix itself."""
    for event in events:
        yield replace(event, place=prefix + event.place if event.place else prefix.rstrip("!/"))
