"""Mutants of creating: what must not be made twice, and is not known to have been made."""

from __future__ import annotations

from tests.simulation.invariants import Invariant
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.schedule import Counted, Event, Fault, Happening, Misfortune, Schedule

SOON = (Happening(2, Event.RESTART), Happening(4, Event.RESTART))
"""Passes that come sooner than they otherwise would: the index shows nothing for five minutes."""


def _twice(misfortune: Misfortune) -> Schedule:
    """Who sends again before it is known what became of the first two has three tickets in the end."""
    faults = (Fault(1, misfortune, Counted.WRITE), Fault(2, misfortune, Counted.WRITE))
    return Schedule(seed=1, tracker="jira", lag_seconds=300, happenings=SOON, faults=faults)


MUTANTS = (
    Mutant(
        "blind_retry",
        "A create whose answer was lost is sent again as if nothing had happened.",
        "incidentd.daemon.settling",
        "if isinstance(outcome, Uncertain) and intent.kind in TO_BE_FOUND_OUT:",
        "if isinstance(outcome, Uncertain) and intent.kind in TO_BE_FOUND_OUT[1:]:",
        _twice(Misfortune.ANSWER_LOST),
        (Invariant.ONE,),
    ),
    Mutant(
        "search_once",
        "One search that finds nothing is taken for proof that nothing was created.",
        "incidentd.daemon.recovering",
        ">= 2 * tracker.settle_window",
        ">= 0 * tracker.settle_window",
        _twice(Misfortune.ANSWER_LOST),
        (Invariant.ONE,),
    ),
    Mutant(
        "impatient_search",
        "A lost create is sent again after a tenth of the time that the index may lag behind.",
        "incidentd.daemon.recovering",
        ">= 2 * tracker.settle_window",
        ">= tracker.settle_window / 10",
        _twice(Misfortune.ANSWER_LOST),
        (Invariant.ONE,),
    ),
    Mutant(
        "window_from_decision",
        "The time for searching is counted from when the ticket was decided, not from the last lost answer.",
        "incidentd.daemon.settling",
        "state=IntentState.UNCERTAIN, uncertain_since=now)",
        "state=IntentState.UNCERTAIN, uncertain_since=intent.created_at)",
        Schedule(
            seed=1,
            tracker="jira",
            lag_seconds=300,
            happenings=(
                Happening(0, Event.TRACKER_DOWN),
                Happening(31, Event.RESTART),
                Happening(33, Event.RESTART),
            ),
            faults=(Fault(1, Misfortune.ANSWER_LOST, Counted.WRITE), Fault(2, Misfortune.ANSWER_LOST, Counted.WRITE)),
        ),
        (Invariant.ONE,),
    ),
    Mutant(
        "gateway_is_a_refusal",
        "A gateway's error after a create is taken for proof that nothing was created.",
        "incidentd.trackers.jira.client",
        "failure.kind = TrackerFailure.UNCLEAR  # a gateway's error",
        "failure.kind = TrackerFailure.UNAVAILABLE  # a gateway's error",
        _twice(Misfortune.BAD_GATEWAY),
        (Invariant.ONE,),
    ),
    Mutant(
        "half_answer_is_a_refusal",
        "A create whose answer was cut short counts as not done.",
        "incidentd.trackers.jira.client",
        "made = _document(answer, TrackerFailure.UNCLEAR)",
        "made = _document(answer, TrackerFailure.UNAVAILABLE)",
        _twice(Misfortune.HALF_ANSWER),
        (Invariant.ONE,),
    ),
    Mutant(
        "silence_is_a_refusal",
        "A request that nobody answered in time counts as never sent.",
        "incidentd.transport.client",
        'f"no whole answer within {timeout_seconds:g} s", where, sent=True)',
        'f"no whole answer within {timeout_seconds:g} s", where, sent=False)',
        _twice(Misfortune.LATE),
        (Invariant.ONE,),
    ),
    Mutant(
        "creates_are_retried",
        "The HTTP client tries a create three times, as it does with what may be repeated.",
        "incidentd.transport.client",
        "attempts = ATTEMPTS if idempotent else 1",
        "attempts = ATTEMPTS",
        _twice(Misfortune.ANSWER_LOST),
        (Invariant.ONE,),
    ),
    Mutant(
        "no_adoption",
        "Nobody looks for a ticket of ours before one is created.",
        "incidentd.daemon.attempting",
        "if intent.kind is ActionKind.OPEN:",
        "if intent.kind is ActionKind.COMMENT:",
        Schedule(seed=1, tracker="jira", happenings=(Happening(25, Event.STATE_LOST), Happening(30, Event.STATE_LOST))),
        (Invariant.ONE,),
    ),
    Mutant(
        "no_healing",
        "Two tickets of ours for one certificate are left as they are.",
        "incidentd.planning.noticing",
        "    standing, losers = duplicates.standing_for(respected, own, facts.duplicates.get(record.key, ()))\n",
        "    standing, losers = own, ()\n",
        Schedule(seed=1, tracker="jira", happenings=(Happening(20, Event.TWIN),)),
        (Invariant.ONE,),
    ),
    Mutant(
        "the_oldest_wins",
        "Of two tickets the one that nobody works on may be left, and the other one closed.",
        "incidentd.planning.duplicates",
        "return max(touched, key=lambda one: one[:2])[2] if touched else oldest_first[0]",
        "return oldest_first[0]",
        Schedule(
            seed=1, tracker="jira", happenings=(Happening(20, Event.TWIN), Happening(21, Event.PERSON_COMMENTS, 1))
        ),
        (Invariant.PEOPLE,),
    ),
    Mutant(
        "ledger_stays_behind",
        "The ledger goes on with the ticket that was closed for another one.",
        "incidentd.planning.duplicates",
        "    if record.ticket is not None and record.ticket.id == ticket.ref.id:\n",
        "    if record.ticket is not None:\n",
        Schedule(
            seed=1, tracker="jira", happenings=(Happening(20, Event.TWIN), Happening(21, Event.PERSON_COMMENTS, 1))
        ),
        (Invariant.REST,),
    ),
    Mutant(
        "search_in_one_project",
        "Tickets of ours are only looked for in the project that they were created in.",
        "incidentd.trackers.jira.lookup",
        """f'labels = "{marker}"'""",
        """f'project = "{self._project}" AND labels = "{marker}"'""",
        Schedule(
            seed=1,
            tracker="jira",
            lag_seconds=300,
            happenings=(
                Happening(20, Event.PERSON_TAKES),
                Happening(30, Event.STATE_LOST),
                Happening(32, Event.STATE_LOST),
            ),
        ),
        (Invariant.ONE,),
    ),
    Mutant(
        "their_word_is_forgotten",
        "After the state was lost, a ticket that a person had closed is not looked at.",
        "incidentd.daemon.sending",
        "return max(reversed(lately), key=_closed_at, default=None)",
        "return None",
        Schedule(
            seed=1,
            tracker="jira",
            happenings=(Happening(20, Event.PERSON_CLOSES), Happening(25, Event.STATE_LOST)),
        ),
        (Invariant.PEOPLE,),
    ),
)
