"""The beginning, the same in both tellings: the certificates come due, are renewed, and are deployed nowhere."""

from datetime import UTC, datetime

from incidentd.model.assessment import Stage, Step
from incidentd.model.plan import ActionKind
from incidentd.sandbox.replay.beats import Beat, Expected, all_alike, at_once
from incidentd.sandbox.replay.cast import SERVICES
from incidentd.sandbox.replay.fleet import Fleet

EVERY_TICKET = len(SERVICES)
UPDATES = {ActionKind.UPDATE: EVERY_TICKET}


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of the story."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def waiting(step: Step) -> Expected:
    """Renewed, deployed nowhere, and in a release that comes in time as far as anybody knows."""
    return Expected(Stage.RENEWED_NOT_DEPLOYED, step)


BEGINNING = (
    Beat(
        at=utc(2012, 11, 20, 9),
        title="All is well",
        world="Each service has one certificate. Its three servers use it, and the secret store keeps a copy.",
        meaning="An incident is due when less than three months are left. That is two days away.",
        expected=all_alike(None),
        done={},
    ),
    Beat(
        at=utc(2012, 11, 22, 20, 35),
        title="Less than three months are left",
        world="Nobody does anything. Time passes.",
        meaning="One ticket for each certificate, not one for each server. Tickets about blob go to PagerDuty, where "
        "somebody is on call; the others go to Jira. From now on incidentd keeps them true by itself, and closes "
        "them only on proof.",
        expected=all_alike(Expected(Stage.DUE, Step.WARNING)),
        done={ActionKind.OPEN: EVERY_TICKET},
    ),
    Beat(
        at=utc(2013, 1, 7, 10),
        title="Renewed in the store, deployed nowhere",
        world="The three certificates are renewed. The secret store now keeps the new ones. No server has them.",
        meaning="This is where every alert fell silent in 2013: the store looked fine. incidentd asks the servers too, "
        "and all of them still show the old certificates: renewed, not deployed. The same tickets stay open, "
        "because a renewal alone changes nothing for anybody who connects.",
        expected=all_alike(waiting(Step.WARNING)),
        done=UPDATES,
        act=at_once(Fleet.renew),
    ),
    Beat(
        at=utc(2013, 1, 10, 10),
        title="A release with them is announced, and comes too late",
        world="Those who release announce theirs for 25 February, three days after the end, and flag nothing: to them "
        "it is one of many. Their pipeline tells incidentd which certificates its build carries.",
        meaning="Release late: that nobody noticed in 2013. The severity goes up by one at once, and the release's own "
        "ticket is told, so that those who plan it know what waits for it.",
        expected=all_alike(Expected(Stage.RELEASE_LATE, Step.ERROR)),
        done={**UPDATES, ActionKind.TELL: 1},
        act=lambda fleet: fleet.release.announce(utc(2013, 2, 25, 0)),
    ),
    Beat(
        at=utc(2013, 2, 8, 20, 35),
        title="14 days before the end",
        world="Nothing has changed: the release waits behind other work.",
        meaning="The severity climbs from error to critical, in the same tickets.",
        expected=all_alike(Expected(Stage.RELEASE_LATE, Step.CRITICAL)),
        done=UPDATES,
    ),
)
