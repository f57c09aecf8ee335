"""The two ends: what happened in 2013, when nothing shipped; and what incidentd is for, when somebody reads tickets."""

from datetime import timedelta

from incidentd.model.assessment import Stage, Step
from incidentd.model.plan import ActionKind
from incidentd.sandbox.replay.beats import Beat, Expected, all_alike, at_once
from incidentd.sandbox.replay.beginning import EVERY_TICKET, UPDATES, utc, waiting
from incidentd.sandbox.replay.cast import ENDS, SERVICES

A_SECOND = timedelta(seconds=1)


def _shipping(replaced: int) -> Expected:
    return Expected(Stage.PARTLY_DEPLOYED, Step.CRITICAL, replaced)


def _expiry(position: int, title: str, meaning: str) -> Beat:
    """The moment after a certificate ended; those before it have ended, those after it have minutes left."""
    service = SERVICES[position]
    ended = {name: Expected(Stage.EXPIRED, Step.EXPIRED) for name in SERVICES[: position + 1]}
    return Beat(
        at=ENDS[service] + A_SECOND,
        title=title,
        world=f"The certificate of {service} ended at {ENDS[service]:%H:%M:%S} UTC. Its servers in us, eu and asia "
        "still serve it. Clients that check certificates no longer connect.",
        meaning=meaning,
        expected={**all_alike(Expected(Stage.RELEASE_LATE, Step.LAST_DAY)), **ended},
        done={ActionKind.UPDATE: 1},
    )


HAPPENED = (
    Beat(
        at=utc(2013, 2, 21, 20, 35),
        title="24 hours left",
        world="The release still waits.",
        meaning="Nothing is more severe than critical. The tickets say it once more.",
        expected=all_alike(Expected(Stage.RELEASE_LATE, Step.LAST_DAY)),
        done=UPDATES,
    ),
    _expiry(0, "The first certificate expires", "Critical, expired and served."),
    _expiry(1, "The second certificate expires", "Critical, expired and served, again."),
    _expiry(2, "The third certificate expires", "All three: critical, expired and served."),
)
"""Nothing ships."""

PREVENTED = (
    Beat(
        at=utc(2013, 2, 11, 10),
        title="The release is pulled forward",
        world="Somebody read the release's ticket, and the critical of 8 February. It is announced for 12 February.",
        meaning="It comes in time now, and the tickets say so. The severity stays: what was critical is not forgotten "
        "because of a plan.",
        expected=all_alike(waiting(Step.CRITICAL)),
        done=UPDATES,
        act=lambda fleet: fleet.release.announce(utc(2013, 2, 12, 10)),
    ),
    Beat(
        at=utc(2013, 2, 12, 10),
        title="The release ships to the us region",
        world="The us servers get the new certificates.",
        meaning="1/3 deployed. The tickets say how far it has come, and name what is missing.",
        expected=all_alike(_shipping(1)),
        done=UPDATES,
        act=at_once(lambda fleet: fleet.ship("us")),
    ),
    Beat(
        at=utc(2013, 2, 13, 10),
        title="The release ships to the eu region",
        world="The eu servers get the new certificates.",
        meaning="2/3 deployed.",
        expected=all_alike(_shipping(2)),
        done=UPDATES,
        act=at_once(lambda fleet: fleet.ship("eu")),
    ),
    Beat(
        at=utc(2013, 2, 14, 9),
        title="The release is called shipped, and a region was forgotten",
        world="The pipeline says that the release has shipped, and everybody believes it. Nobody thought of asia.",
        meaning="incidentd passes the word on, and believes what servers serve. The tickets stay open.",
        expected=all_alike(_shipping(2)),
        done={**UPDATES, ActionKind.CHANGE: 1},
        act=lambda fleet: fleet.release.ship(),
        names_places=True,
    ),
    Beat(
        at=utc(2013, 2, 14, 11),
        title="The forgotten region follows",
        world="The asia servers get the new certificates.",
        meaning="3/3 deployed, and still open: one look is no proof, a load balancer can show a new certificate once "
        "and the old one the next time. It takes three looks in a row, over ten minutes or more.",
        expected=all_alike(_shipping(3)),
        done=UPDATES,
        act=at_once(lambda fleet: fleet.ship("asia")),
    ),
    Beat(
        at=utc(2013, 2, 14, 11, 6),
        title="The second look",
        world="Six minutes pass.",
        meaning="The same again. Nothing new to say, so nothing is written to any ticket.",
        expected=all_alike(_shipping(3)),
        done={},
    ),
    Beat(
        at=utc(2013, 2, 14, 11, 12),
        title="The third look: proof",
        world="Six more minutes pass.",
        meaning="Every server was seen with the new certificate, often enough. incidentd closes its tickets itself.",
        expected=all_alike(Expected(Stage.SETTLED, Step.CRITICAL, 3, is_open=False)),
        done={ActionKind.CLOSE: EVERY_TICKET},
    ),
    Beat(
        at=max(ENDS.values()) + A_SECOND,
        title="The three minutes have passed",
        world="The old certificates have ended. No server has them, so nobody notices.",
        meaning="Nothing to say.",
        expected=all_alike(Expected(Stage.SETTLED, Step.CRITICAL, 3, is_open=False)),
        done={},
    ),
)
"""The release is pulled forward."""
