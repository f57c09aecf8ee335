"""Scanning a build: what its artefacts carry, and what a range of commits changes. Blocking; reads only."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from incidentd.artefacts.caps import Allowance, Caps, Exhausted, StreamFault
from incidentd.artefacts.folder import look_at_folder, not_accessible, opened
from incidentd.artefacts.gathering import Gathered, in_order
from incidentd.artefacts.git import Contents, Repository
from incidentd.artefacts.images import look_at_image
from incidentd.artefacts.joining import joined
from incidentd.artefacts.layouts import BELONGS, layout_in_file, layout_in_folder
from incidentd.artefacts.looking import Eye, Spot
from incidentd.artefacts.scanned import Event, Scanned, Unread, UnreadReason
from incidentd.artefacts.trees import Change, changes
from incidentd.errors import UsageError

_DEFAULT_CAPS = Caps()


@dataclass(frozen=True, slots=True)
class Build:
    """What to look at."""

    artefacts: tuple[str, ...] = ()
    """Files, folders, archives, image layouts."""
    commits: str | None = None
    """A range: `BASE..HEAD`."""
    ignored: tuple[str, ...] = ()
    """Globs of places that are none of its business; `*` crosses folders."""
    repository: str = "."
    """A folder of the repository that the commits are in."""


def scan(build: Build, caps: Caps = _DEFAULT_CAPS) -> Scanned:
    """What the build carries and changes; each artefact, and the range, has caps of its own.

    Raises UsageError for an artefact that is not there, and for what git does not know.
    """
    held, ders = Gathered(), dict[str, bytes]()
    for path in build.artefacts:
        eye = Eye(Allowance(caps), ders)
        held.take(_heeded(_artefact(path, eye), build.ignored))
    found = held.scanned()
    if build.commits is not None:
        found = _beside(found, _range(build, build.commits, Eye(Allowance(caps), ders)))
    moved = (one.certificate.fingerprint for one in (*found.brought, *found.taken))
    return replace(found, ders={fingerprint: ders[fingerprint] for fingerprint in moved})


def _artefact(path: str, eye: Eye) -> Iterator[Event]:
    """What one artefact carries, up to the cap that it meets."""
    if not os.path.lexists(path):
        raise UsageError("there is no such file or folder", where=path, hint="build first, or correct the path")
    try:
        yield from _folder(path, eye) if os.path.isdir(path) else _file(path, eye)
    except Exhausted as cap:
        yield _not_beyond(path, cap)


def _folder(path: str, eye: Eye) -> Iterator[Event]:
    layout = layout_in_folder(path, eye.allowance)
    if layout is not None:
        yield from look_at_image(layout, path, eye)
    yield from look_at_folder(path, eye, but_for=BELONGS if layout else ())


def _file(path: str, eye: Eye) -> Iterator[Event]:
    try:
        layout = layout_in_file(path, eye.allowance)
        if layout is not None:
            yield from look_at_image(layout, path, eye)
            return
        with opened(path, eye.allowance, follow=True) as stream:
            yield from eye.look(stream, Spot(path, is_build=True))
    except OSError as error:
        yield not_accessible(path, error)


def _range(build: Build, commits: str, eye: Eye) -> Scanned:
    """Both sides of every file that differs, joined."""
    repository = Repository(build.repository)
    old, new = map(repository.tree, repository.ends(commits))
    base, head = Gathered(roots_are_trust=False), Gathered(roots_are_trust=False)
    with repository.contents(eye.allowance) as contents:
        try:
            for change in changes(contents, old, new, eye.allowance):
                head.take(_heeded(_side(change, change.new, contents, eye), build.ignored))
                base.take(_heeded(_side(change, change.old, contents, eye), build.ignored))
        except StreamFault as fault:
            head.take((Unread(commits, fault.reason, fault.text),))
        except Exhausted as cap:
            head.take((_not_beyond(commits, cap),))
    return joined(base.scanned(), head.scanned())


def _side(change: Change, id_: str | None, contents: Contents, eye: Eye) -> Iterator[Event]:
    """What a file holds on one side of a change."""
    if change.is_submodule:
        yield Unread(change.path, UnreadReason.UNOPENED, "a submodule: its own commits are not looked into")
    if id_ is None:
        return
    try:
        with contents.opened(id_) as content:
            yield from eye.look(content, Spot(change.path))
    except StreamFault as fault:
        yield Unread(change.path, fault.reason, fault.text)


def _heeded(events: Iterable[Event], ignored: tuple[str, ...]) -> Iterator[Event]:
    return (one for one in events if not any(fnmatchcase(one.place, glob) for glob in ignored))


def _not_beyond(place: str, cap: Exhausted) -> Unread:
    return Unread(place, UnreadReason.TOO_MUCH, f"{cap}: what follows was not looked at")


def _beside(held: Scanned, change: Scanned) -> Scanned:
    """What artefacts hold, beside what a range changes; a certificate of both is said once."""
    brought = {one.certificate.fingerprint for one in change.brought}
    more = (one for one in held.added if one.certificate.fingerprint not in brought)
    return replace(
        change,
        added=in_order((*change.added, *more)),
        trust=in_order((*change.trust, *held.trust)),
        unread=(*change.unread, *held.unread),
        unopened=(*change.unopened, *held.unopened),
        unread_more=change.unread_more + held.unread_more,
        unopened_more=change.unopened_more + held.unopened_more,
    )
