"""How the verdict of the gate is told: for people, as JSON, as annotations of a workflow. Pure, and harmless."""

import shlex
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, assert_never

from incidentd.artefacts.looking import WITHIN
from incidentd.artefacts.scan import Build
from incidentd.artefacts.scanned import InBuild, Unread
from incidentd.cli.checking.as_github import annotation
from incidentd.cli.releasing.gate import Act, Asked, Movement, Verdict
from incidentd.cli.releasing.hub import Hub
from incidentd.model.certificate import Certificate
from incidentd.planning.phrases import counted, instant, rfc3339
from incidentd.planning.sanitize import sanitize

PLACE_CHARACTERS = 4096
_SHOWN = 50
"""Of what could not be read; the rest is counted."""
_NAMED = 3
"""Of what lies in a build and is not opened."""


class GateForm(StrEnum):
    """How the verdict is printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def lines(verdict: Verdict, form: GateForm, announce: str) -> Iterator[str]:
    """What goes to stdout, line by line, in words or as annotations; `announce` is the line to add."""
    match form:
        case GateForm.TEXT:
            # No line begins with what a build says: the runners of builds take lines for commands by how they begin.
            yield from (f"{one.act}: {place_of(one.held)}: {sentence(one)}" for one in verdict.movements)
            yield from (f"not read: {_shown(one.place)}: {one.text}" for one in verdict.scanned.unread[:_SHOWN])
        case GateForm.GITHUB:
            yield from (_annotated(one, announce) for one in verdict.unannounced)
            yield from (_annotated_unread(one) for one in verdict.scanned.unread[:_SHOWN])
        case GateForm.JSON:
            return
        case _:
            assert_never(form)


def summary(verdict: Verdict, announce: str) -> Iterator[str]:
    """What goes to stderr: what it comes to, and what to do."""
    scanned = verdict.scanned
    if scanned.unopened:
        named = ", ".join(_shown(one.place) for one in scanned.unopened[:_NAMED])
        number = len(scanned.unopened) + scanned.unopened_more
        yield f"not looked into: {counted(number, 'part')} of other kinds (zip, zstd, …), {named}"
    if scanned.trust:
        yield f"not counted: {counted(len(scanned.trust), 'CA certificate')} to vouch for others (roots, trust bundles)"
    unread = len(scanned.unread) + scanned.unread_more
    if unread:
        what = counted(unread, "part")
        yield f"{what} of the build could not be read: mend or leave out what is wrong, or name it by --ignore GLOB"
    if verdict.unannounced:
        yield f"{counted(len(verdict.unannounced), 'certificate')} that no announced release speaks of. Before this:"
        yield f"  {announce}"
    elif not unread:
        number = len(verdict.movements)
        said = "all of it is announced, or served already" if number else "nothing has to be announced"
        yield f"{counted(number, 'certificate')} added, changed or removed: {said}"


def document(verdict: Verdict, announce: str) -> dict[str, Any]:
    """The verdict as JSON."""
    scanned = verdict.scanned
    return {
        "passes": verdict.passes,
        "certificates": [_movement(one) for one in verdict.movements],
        "unread": [_unread(one) for one in scanned.unread],
        "unread_more": scanned.unread_more,
        "unopened": [_unread(one) for one in scanned.unopened],
        "unopened_more": scanned.unopened_more,
        "trust": len(scanned.trust),
        "announce": announce if verdict.unannounced else None,
    }


def announce_line(build: Build, asked: Asked, hub: Hub | None = None) -> str:
    """The line that announces this build, ready for a shell; only its id may have to be filled in."""
    words = ["incidentd", "release", "announce", "--id", asked.id or "RELEASE"]
    words += ["--service", asked.service] if asked.service else []
    words += [word for path in build.artefacts for word in ("--artifact", path)]
    words += ["--git", build.commits] if build.commits is not None else []
    words += [word for glob in build.ignored for word in ("--ignore", glob)]
    words += ["--hub", hub.url] if hub else []
    words += ["--token-file", str(hub.token_file)] if hub and hub.token_file else []
    return sanitize(shlex.join(words), PLACE_CHARACTERS)


def place_of(held: InBuild) -> str:
    """Where it is: the first place, and how many more there are."""
    more = len(held.places) - 1 + held.more
    return _shown(held.places[0]) + (f" (and {more} more)" if more else "")


def sentence(one: Movement) -> str:
    """What is done with it, and who says so."""
    name, ends = sanitize(one.held.certificate.display_name), instant(one.held.certificate.not_after)
    match one.act:
        case Act.ADDED:
            done = f"{name} is carried, which expires {ends}"
        case Act.CHANGED:
            done = f"{name} changes: it expires {ends}{_before(one.old)}"
        case Act.REMOVED:
            done = f"{name} is removed, which expires {ends}"
        case _:
            assert_never(one.act)
    return f"{done}; {_accounted(one)}"


def _accounted(one: Movement) -> str:
    if one.release is not None:
        return f"release {sanitize(one.release)} says so"
    return "it is served already" if one.is_served else "no announced release says so"


def _before(old: Certificate | None) -> str:
    return "" if old is None else f", the one before it {instant(old.not_after)}"


def _annotated(one: Movement, announce: str) -> str:
    text = f"{place_of(one.held)}: {sentence(one)}. Before this step: {announce}"
    return annotation("error", "certificate not announced", text, _file(one.held.places[0]))


def _annotated_unread(one: Unread) -> str:
    text = f"{_shown(one.place)}: not read: {one.text}"
    return annotation("error", "not read", text, _file(one.place))


def _file(place: str) -> str:
    """The file of the build, of a place within it."""
    return _shown(place.split(WITHIN)[0])


def _movement(one: Movement) -> dict[str, Any]:
    certificate = one.held.certificate
    return {
        "act": one.act.value,
        "fingerprint": certificate.fingerprint,
        "name": sanitize(certificate.display_name),
        "not_after": rfc3339(certificate.not_after),
        "places": [_shown(place) for place in one.held.places],
        "more_places": one.held.more,
        "replaces": one.old.fingerprint if one.old else None,
        "release": sanitize(one.release) if one.release is not None else None,
        "served": one.is_served,
    }


def _unread(one: Unread) -> dict[str, Any]:
    return {"place": _shown(one.place), "reason": one.reason.value, "text": one.text}


def _shown(place: str) -> str:
    return sanitize(place, PLACE_CHARACTERS)
