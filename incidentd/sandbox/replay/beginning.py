"""The beginning, the same in both tellings: the certificates come due, are renewed, and are deployed nowhere."""

from datetime import UTC, datetime

from incidentd.model.assessment import Stage, Step
from incidentd.model.plan import ActionKind
from incidentd.sandbox.replay.beats import Beat, Expected, all_alike
from incidentd.sandbox.replay.cast import SERVICES
from incidentd.sandbox.replay.fleet import Fleet

EVERY_TICKET = len(SERVICES)
UPDATES = {ActionKind.UPDATE: EVERY_TICKET}


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of the story."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def waiting(step: Step) -> Expected:
    """Renewed, and deployed nowhere."""
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
        act=Fleet.renew,
    ),
    Beat(
        at=utc(2013, 2, 8, 20, 35),
        title="14 days before the end",
        world="The release that carries the new certificates to the servers waits behind other work.",
        meaning="The severity climbs from warning to error, in the same tickets.",
        expected=all_alike(waiting(Step.ERROR)),
        done=UPDATES,
    ),
)
