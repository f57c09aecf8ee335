"""Waivers: whether each that is configured still names a concentration, and has not ended. Nothing is written."""

from collections.abc import Iterator
from datetime import datetime

from incidentd.errors import IncidentdError
from incidentd.model.concentration import Review
from incidentd.model.policy import Waiver
from incidentd.model.preflight import Check, Subject
from incidentd.planning.phrases import instant
from incidentd.policy.assess import assess_all
from incidentd.policy.concentration import review
from incidentd.policy.sightings import Sightings
from incidentd.settings import Loaded, policy_of
from incidentd.store import opening

ID = "policy.waivers"


def waiver_checks(loaded: Loaded, now: datetime) -> Iterator[Check]:
    """One a waiver; the state is read only where there is one. Blocking."""
    policy, subject = policy_of(loaded.settings), Subject("waivers")
    if not policy.waivers:
        return
    try:
        store = opening.open_store(loaded.state_url, read_only=True)
        try:
            inventory = store.inventory()
        finally:
            store.close()
    except IncidentdError as error:
        yield subject.unknown(ID, f"the state cannot be read: {error.what}", error.hint or "run `incidentd db check`")
        return
    if not inventory.sweeps:
        yield subject.unknown(ID, "nothing was swept yet, so no concentration is known", "run `incidentd run --once`")
        return
    found = review(inventory, assess_all(Sightings(inventory), policy, now), policy, now)
    for waiver in policy.waivers:
        yield _check(subject, waiver, found, now)


def _check(subject: Subject, waiver: Waiver, found: Review, now: datetime) -> Check:
    nearest = {stray.waiver: stray.nearest for stray in found.strays}
    if waiver in nearest:
        meant = f"did you mean {nearest[waiver]}? " if nearest[waiver] else ""
        fix = f"{meant}`incidentd concentration` shows the ids; what it was about may be over: then take it out"
        return subject.warning(ID, f"{waiver.id} names no concentration", fix)
    if waiver.until <= now:
        fix = "pull apart what fails together (`incidentd concentration --spread`), or agree on another end"
        return subject.warning(ID, f"{waiver.id}, owned by {waiver.owner}, ended {instant(waiver.until)}", fix)
    return subject.ok(ID, f"{waiver.id} is accepted until {instant(waiver.until)} by {waiver.owner}")
