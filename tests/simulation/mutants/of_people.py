"""Mutants of the plan: what people said, what was done before, and how much may be done at once."""

from __future__ import annotations

from tests.simulation.invariants import Invariant
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.schedule import Event, Happening, Schedule

BECOMES_ERROR = 14 * 24 * 60 + 50
"""Minutes to an expiry whose next step comes fifty minutes after the beginning."""
PERSON_CLOSES = Schedule(seed=1, tracker="jira", happenings=(Happening(20, Event.PERSON_CLOSES),))

MUTANTS = (
    Mutant(
        "reopens_at_once",
        "What a person closed is opened again at the next pass.",
        "incidentd.planning.people",
        "    if record.held_at is None or record.held_step is None:\n        return True",
        "    if record.held_by is not HeldBy.ACCEPTANCE:\n        return True",
        PERSON_CLOSES,
        (Invariant.PEOPLE,),
    ),
    Mutant(
        "never_comes_back",
        "What a person closed stays closed, whatever comes.",
        "incidentd.planning.people",
        "if step > record.held_step or record.held_at <= not_after < now:",
        "if record.held_at <= not_after < now:",
        Schedule(
            seed=1,
            tracker="jira",
            ends_in_minutes=BECOMES_ERROR,
            happenings=(Happening(25, Event.PERSON_CLOSES),),
        ),
        (Invariant.NO_LOSS,),
    ),
    Mutant(
        "persons_are_machines",
        "A person who closes an issue is taken for an automation.",
        "incidentd.trackers.jira.reading",
        "return Closer.AUTOMATION if by_system else Closer.PERSON",
        "return Closer.AUTOMATION",
        PERSON_CLOSES,
        (Invariant.PEOPLE,),
    ),
    Mutant(
        "machines_are_persons",
        "The first closing by a machine is left as if a person had closed it.",
        "incidentd.planning.people",
        "AUTOMATION_UNDONE = 1",
        "AUTOMATION_UNDONE = 0",
        Schedule(seed=1, tracker="pagerduty", happenings=(Happening(20, Event.MACHINE_CLOSES),)),
        (Invariant.NO_LOSS,),
    ),
    Mutant(
        "machines_are_fought",
        "Closings by a machine are undone as often as they come.",
        "incidentd.planning.people",
        "AUTOMATION_UNDONE = 1",
        "AUTOMATION_UNDONE = 99",
        Schedule(
            seed=1,
            tracker="pagerduty",
            happenings=(Happening(20, Event.MACHINE_CLOSES), Happening(50, Event.MACHINE_CLOSES)),
        ),
        (Invariant.PEOPLE,),
    ),
    Mutant(
        "title_rewritten",
        "Each update writes the title too.",
        "incidentd.trackers.jira.editing",
        "        self._description()\n        self._label()\n",
        "        self._description()\n        self._label()\n"
        '        self._edit.fields["summary"] = render.summary(self._content)\n',
        Schedule(
            seed=1,
            tracker="jira",
            ends_in_minutes=BECOMES_ERROR,
            happenings=(Happening(25, Event.PERSON_RETITLES),),
        ),
        (Invariant.PEOPLE,),
    ),
    Mutant(
        "return_unseen",
        "A certificate that comes back after its incident was closed opens nothing.",
        "incidentd.planning.diff",
        'return "it is in place again"',
        "return None",
        Schedule(seed=1, tracker="jira", happenings=(Happening(20, Event.RENEW), Happening(70, Event.ROLL_BACK))),
        (Invariant.NO_LOSS,),
    ),
    Mutant(
        "flood",
        "Everything that is due opens at once.",
        "incidentd.planning.brake",
        "        if not _take(urgent, everywhere, trackers[name]):\n",
        "        if not _take(True, everywhere, trackers[name]) and not _take:\n",
        Schedule(seed=1, tracker="jira", files=4, quota=2),
        (Invariant.RATES,),
    ),
    Mutant(
        "brake_forgets",
        "What was opened in earlier passes takes nobody's room.",
        "incidentd.planning.brake",
        "return record.opened_at > now - HOUR and",
        "return record.opened_at > now and",
        Schedule(seed=1, tracker="jira", files=6, quota=2),
        (Invariant.RATES,),
    ),
    Mutant(
        "countdown",
        "The text of a ticket says how much time is left: of two replicas each corrects what the other one said.",
        "incidentd.planning.wording",
        "        why_now=_why_now(incident, step, inventory),\n",
        '        why_now=f"{_why_now(incident, step, inventory)} {certificate.not_after - now} left.",\n',
        Schedule(seed=1, tracker="jira", replicas=2),
        (Invariant.REST,),
    ),
    Mutant(
        "always_updates",
        "Every pass puts an update into the outbox, whether anything is new or not.",
        "incidentd.planning.diff",
        "return said == record.content_digest",
        "return False",
        Schedule(seed=1, tracker="jira"),
        (Invariant.REST,),
    ),
    Mutant(
        "last_seen_is_written",
        "Every sweep writes a row for each place, to say that it was seen again.",
        "incidentd.policy.remember",
        "tuple(changed), tuple(new))",
        "(*changed, *(places[key] for key in again)), tuple(new))",
        Schedule(seed=1, tracker="jira"),
        (Invariant.REST,),
    ),
    Mutant(
        "unreadable_is_nothing",
        "A file that cannot be read, and never could be, is passed over in silence.",
        "incidentd.sources.files.judge",
        "    if candidate.has_held or candidate.named:\n        return False\n",
        "    if candidate.has_held or candidate.named:\n        return False\n    return True\n",
        Schedule(seed=1, tracker="jira", files=1, happenings=(Happening(20, Event.FILE_STRAY),)),
        (Invariant.READ,),
    ),
)
