"""`retire`: a person says that a place is gone for good. Their word is the proof, until something answers there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Annotated

import typer

from incidentd.cli.decisions import PATIENCE, By, Reason, incident_fields, who, why
from incidentd.cli.matching import near_places, or_meant, places_meant
from incidentd.cli.output import AsJson, Form, InForm, tell
from incidentd.cli.work import done_by
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import HeldLease, leased
from incidentd.daemon.rounds import sweep_lease
from incidentd.errors import IncidentdError, UsageError
from incidentd.model.audit import AuditEntry
from incidentd.model.incident import IncidentRecord
from incidentd.model.inventory import Inventory, Word
from incidentd.model.places import kept_as
from incidentd.planning.phrases import counted, listed
from incidentd.planning.retiring import Meant, addresses_of, retired, why_not
from incidentd.planning.sanitize import sanitize

PLACES_SAID = 5


@dataclass(frozen=True, slots=True)
class Retired:
    """What was decided."""

    places: tuple[Meant, ...]
    """As they were before."""
    incidents: tuple[IncidentRecord, ...]
    """The active ones of the certificates that were seen there."""


def retire(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="A host, host:port, server name, file, folder, or one address.")
    ],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Say that a place is gone for good: it stops no closing any more, unless something answers there again."""
    word = Word(who(by), why(reason))
    done = done_by(context, lambda installation: retired_by(installation, target, word))
    places = [f"Retired: {sanitize(_named(meant))}" for meant in done.places]
    tell(_document(done), "\n".join([*places, _what_follows(done)]), as_json=as_json, form=form)


async def retired_by(installation: Installation, target: str, word: Word, patience: timedelta = PATIENCE) -> Retired:
    """Decides it; the next pass closes what nothing else keeps open. Raises IncidentdError.

    A sweep that is under way is waited for as long as there is `patience`.
    """
    if not target.strip():
        raise UsageError("name what is gone", where="retire", hint="`incidentd list --gaps` shows what cannot be seen")
    inventory = await installation.worker.run(installation.store.inventory)
    wanted = _allowed(target, inventory)
    for source, _ in groupby(wanted, key=lambda one: one.place.location.source):
        wait_until = installation.clock.now() + patience
        async with leased(installation, sweep_lease(installation, source), wait_until) as held:
            await _retire_in(installation, source, target, word, held)
    now = installation.clock.now()
    rows = await installation.worker.run(lambda: installation.store.records(now))
    shown = {fingerprint for meant in wanted for fingerprint in meant.fingerprints}
    return Retired(wanted, tuple(row for row in rows if row.active and row.of_certificate and row.fingerprint in shown))


async def _retire_in(installation: Installation, source: str, target: str, word: Word, held: HeldLease) -> None:
    """The places of one source. No sweep of it is under way, and all is judged again by what the last one saw."""
    store, now = installation.store, installation.clock.now()
    inventory = await installation.worker.run(store.inventory)
    meant = [one for one in _allowed(target, inventory) if one.place.location.source == source]
    as_of = inventory.sweeps[source].sequence
    changed = [kept_as(retired(one, word, now), as_of) for one in meant]
    entries = [AuditEntry(now, word.by, "retire", one.place.location.uri, word.reason, _named(one)) for one in meant]
    await held.ensure()
    await installation.worker.run(lambda: store.amend(changed, held.lease, now, entries))


def _allowed(target: str, inventory: Inventory) -> tuple[Meant, ...]:
    """What is meant and can be retired, by source. Raises IncidentdError where there is none, or something answers."""
    found = sorted(places_meant(target, inventory), key=lambda one: one.place.key)
    news = tuple(one for one in found if one.news)
    against = why_not(news, inventory.sweeps)
    if against:
        raise IncidentdError(
            f"it is not gone: {sanitize(listed(against, PLACES_SAID), 2000)}",
            where=target,
            hint="nothing was changed; name what is gone by itself, or take what is not wanted from the configuration",
        )
    if not news:
        raise _nothing(target, found, inventory)
    return news


def _nothing(target: str, found: Sequence[Meant], inventory: Inventory) -> IncidentdError:
    words = [run.word for one in found for member in one.members if (run := member.current).word]
    if words and words[0] is not None:
        what = f"it is retired already, by {words[0].by}: {words[0].reason}"
        return IncidentdError(what, where=target, hint="nothing was changed")
    if found:
        hint = "nothing was changed; take it from the configuration"
        return IncidentdError("no certificate was ever seen there: nothing rests on it", where=target, hint=hint)
    hint = or_meant(near_places(target, inventory), "`incidentd list --gaps` shows what cannot be seen")
    return IncidentdError("no place that was looked at matches", where=target, hint=hint)


def _named(meant: Meant) -> str:
    location, some = meant.place.location, meant.addresses != addresses_of(meant.place)
    addresses = f" [{', '.join(sorted(meant.addresses))}]" if some else ""
    return f"{location.uri}{addresses} ({location.source})"


def _what_follows(done: Retired) -> str:
    ends = "If something answers there again, this ends by itself."
    if not done.incidents:
        return f"No incident rests on it. {ends}"
    named = listed([_incident(row) for row in done.incidents], PLACES_SAID)
    what = counted(len(done.incidents), "incident")
    return f"The next pass closes what nothing else keeps open of {what}: {named}. {ends}"


def _incident(row: IncidentRecord) -> str:
    return f"{row.name} ({row.ticket.key})" if row.ticket else row.name


def _document(done: Retired) -> dict[str, object]:
    return {
        "places": [_place(meant) for meant in done.places],
        "incidents": [incident_fields(row) for row in done.incidents],
    }


def _place(meant: Meant) -> dict[str, object]:
    location = meant.place.location
    return {"location": location.uri, "source": location.source, "addresses": sorted(filter(None, meant.addresses))}
