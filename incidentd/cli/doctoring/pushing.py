"""Pushed sweeps: whether each pusher was heard lately; and where they are pushed from, whether the hub takes them."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from incidentd.cli.doctoring.secrets import private_check
from incidentd.cli.scanning.hub import PushHub
from incidentd.errors import IncidentdError
from incidentd.model.inventory import SweepRecord
from incidentd.model.preflight import Check, Subject
from incidentd.planning.phrases import counted, instant
from incidentd.ports import Clock
from incidentd.settings import Loaded
from incidentd.settings.checks import NO_TRACKER
from incidentd.sources import PushedSettings
from incidentd.sources.pushed.source import PushedSource, last_heard_at
from incidentd.store import opening
from incidentd.transport import Transport

_FIX = "run `incidentd scan --push` there; `incidentd doctor --push URL` there says whether it gets through"


_THE_HUBS = frozenset({"who is told", "board", "state"})
"""Subjects that a machine which only pushes has no part in."""


def without_the_hubs_affairs(checks: Iterable[Check], loaded: Loaded) -> Iterator[Check]:
    """Of a machine without trackers, which only pushes: whom to tell, the board and the state are the hub's affair."""
    only_pushes = not loaded.settings.trackers
    for check in checks:
        if not (only_pushes and (check.subject in _THE_HUBS or check.text == NO_TRACKER)):
            yield check


def token_checks(file: Path | None) -> Iterator[Check]:
    """Whether nobody else here can push in this machine's name. None: the token stands in the environment."""
    if file is not None:
        yield private_check(Subject("hub"), "hub.token_file", file)


def heard_checks(loaded: Loaded, clock: Clock) -> Iterator[Check]:
    """When each pusher was heard last, as the state has it. Nothing is written."""
    chosen = {name: one for name, one in loaded.settings.sources.items() if isinstance(one, PushedSettings)}
    if not chosen:
        return
    try:
        swept = _sweeps(loaded)
    except IncidentdError as error:
        for name in chosen:
            subject = Subject(f"source {name}")
            yield subject.unknown(
                "source.pushed", f"the state cannot be read: {error.what}", "run `incidentd db check`"
            )
        return
    for name, settings in chosen.items():
        source = PushedSource(name, settings, loaded.settings.intervals[name], (), clock)
        yield heard_check(Subject(f"source {name}"), source, swept.get(name))


def heard_check(subject: Subject, source: PushedSource, last: SweepRecord | None) -> Check:
    """Whether it is silent."""
    heard_at = last_heard_at(last)
    if heard_at is None:
        return subject.warning("source.pushed", "nothing was pushed yet: nothing of it is seen", _FIX)
    if source.is_silent(last):
        return subject.problem("source.pushed", f"nothing was pushed since {instant(heard_at)}", _FIX)
    return subject.ok("source.pushed", f"it was pushed last at {instant(heard_at)}")


async def hub_check(hub: PushHub, transport: Transport) -> Check:
    """Whether the hub is reached and takes the token, and what that token speaks for. Nothing is pushed."""
    subject, id = Subject("hub"), "hub.takes_token"
    try:
        known = await hub.known(transport)
    except IncidentdError as error:
        return subject.problem(id, f"{error.where}: {error.what}", error.hint or "look at the hub's own log")
    held = counted(len(known.places), "place")
    return subject.ok(id, f"it takes the token, as that of its source {known.source}, of which it knows {held}")


def _sweeps(loaded: Loaded) -> Mapping[str, SweepRecord]:
    if opening.begins_anew(loaded.state_url):
        return {}
    store = opening.open_store(loaded.state_url, read_only=True)
    try:
        return store.inventory().sweeps
    finally:
        store.close()
