"""Mutants of judging: when an incident is due, what counts as proof, and what was only not seen."""

from __future__ import annotations

from tests.simulation.invariants import Invariant
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.schedule import Event, Fault, Happening, Misfortune, Schedule

BECOMES_DUE = 92 * 24 * 60 + 40
"""Minutes to an expiry whose three months begin within the first hours."""

MUTANTS = (
    Mutant(
        "due_a_day_early",
        "The window opens a day before the three months.",
        "incidentd.policy.assess",
        "if base.opens_at is None or case.now <= base.opens_at:",
        "if base.opens_at is None or case.now + timedelta(days=1) <= base.opens_at:",
        Schedule(seed=1, tracker="jira", ends_in_minutes=BECOMES_DUE),
        (Invariant.CLIMBS,),
    ),
    Mutant(
        "due_a_day_late",
        "The window opens a day after the three months began.",
        "incidentd.policy.assess",
        "if base.opens_at is None or case.now <= base.opens_at:",
        "if base.opens_at is None or case.now - timedelta(days=1) <= base.opens_at:",
        Schedule(seed=1, tracker="jira", ends_in_minutes=BECOMES_DUE),
        (Invariant.NO_LOSS,),
    ),
    Mutant(
        "any_address_closes",
        "One address that is settled is enough, whatever the others show.",
        "incidentd.policy.assess",
        "return bool(blocking) and all(",
        "return any(",
        Schedule(seed=1, tracker="jira", addresses=2, happenings=(Happening(20, Event.RENEW),)),
        (Invariant.NO_LOSS, Invariant.NO_FALSE_CLOSE),
    ),
    Mutant(
        "one_look_is_proof",
        "A single handshake that shows a successor is proof.",
        "incidentd.policy.stretches",
        "return self.looks >= needed.observations and self.lasted >= needed.apart",
        "return True",
        Schedule(seed=1, tracker="jira", happenings=(Happening(20, Event.RENEW),)),
        (Invariant.NO_FALSE_CLOSE,),
    ),
    Mutant(
        "apart_ignored",
        "Looks prove something however close together they are.",
        "incidentd.policy.stretches",
        "self.looks >= needed.observations and self.lasted >= needed.apart",
        "self.looks >= needed.observations",
        Schedule(seed=1, tracker="jira", happenings=(Happening(29, Event.RENEW), Happening(31, Event.RESTART))),
        (Invariant.NO_FALSE_CLOSE,),
    ),
    Mutant(
        "stranger_is_a_successor",
        "A certificate for another name replaces the old one.",
        "incidentd.policy.succession",
        "        if covers(old.covered_names, asked_name):\n            return False\n",
        "        if covers(old.covered_names, asked_name):\n            return True\n",
        Schedule(seed=1, tracker="jira", happenings=(Happening(20, Event.MISDEPLOY),)),
        (Invariant.NO_FALSE_CLOSE,),
    ),
    Mutant(
        "renewal_closes",
        "A renewed certificate in a store settles the old one: February 2013.",
        "incidentd.policy.assess",
        "if not _all_settled(case.blocking) or any(",
        "if newest_successor(case.certificate, case.findings, case.sightings) is None or any(",
        Schedule(seed=1, tracker="jira", files=1, happenings=(Happening(20, Event.STORED),)),
        (Invariant.NO_LOSS, Invariant.NO_FALSE_CLOSE),
    ),
    Mutant(
        "returns_forgotten",
        "A place that showed the old certificate again after a successor is believed as quickly as any other.",
        "incidentd.policy.settlement",
        "MIXED_PROOF if self.mixed else self.standard.close_after",
        "self.standard.close_after",
        Schedule(
            seed=1,
            tracker="jira",
            happenings=(Happening(20, Event.RENEW), Happening(35, Event.ROLL_BACK), Happening(50, Event.RENEW)),
        ),
        (Invariant.NO_FALSE_CLOSE,),
    ),
    Mutant(
        "gap_is_absence",
        "An address that does not answer counts as taken away.",
        "incidentd.policy.remember",
        "        return after_gap(member, said)\n",
        "        from incidentd.model.observation import Absence, AbsenceKind\n"
        "        gone = Absence(said.location, member.address, AbsenceKind.REMOVED, '', said.at)\n"
        "        return after_absence(member, gone, False, sweep.started_at)\n",
        Schedule(seed=1, tracker="jira", happenings=(Happening(20, Event.UNREACHABLE),)),
        (Invariant.BLINDNESS,),
    ),
    Mutant(
        "empty_is_gone",
        "An emptied folder is believed.",
        "incidentd.policy.suspicion",
        "    known = [place for place in",
        "    return frozenset()\n    known = [place for place in",
        Schedule(seed=1, tracker="jira", files=3, happenings=(Happening(20, Event.FOLDER_EMPTIED),)),
        (Invariant.NO_LOSS, Invariant.BLINDNESS),
    ),
    Mutant(
        "half_is_enough",
        "Half of a source may be lost at once without suspicion.",
        "incidentd.policy.suspicion",
        "SHARE = 0.2",
        "SHARE = 0.9",
        Schedule(seed=1, tracker="jira", files=6, happenings=(Happening(20, Event.FOLDER_HALVED),)),
        (Invariant.NO_LOSS, Invariant.BLINDNESS),
    ),
    Mutant(
        "severity_follows_the_clock",
        "The severity is worked out afresh from the clock, and may fall with it.",
        "incidentd.planning.diff",
        "return max(incident.assessment.step or Step.WARNING, record.step if record else Step.WARNING)",
        "return incident.assessment.step or Step.WARNING",
        Schedule(
            seed=1,
            tracker="jira",
            ends_in_minutes=14 * 24 * 60 + 50,
            happenings=(Happening(70, Event.RESTART_BEHIND),),
        ),
        (Invariant.CLIMBS,),
    ),
    Mutant(
        "clock_believed",
        "A clock that leapt by 400 days is believed.",
        "incidentd.planning.guard",
        "    if circumstances.clock_distrusted:\n        text",
        "    if False:\n        text",
        Schedule(seed=1, tracker="jira", ends_in_minutes=BECOMES_DUE, faults=(Fault(20, Misfortune.CLOCK_AHEAD),)),
        (Invariant.NO_FALSE_CLOSE, Invariant.CLIMBS),
    ),
    Mutant(
        "clock_back_closes",
        "An incident that is not due any more, as the clock went back, is closed as out of scope.",
        "incidentd.planning.closing",
        "return assessment.opens_at is None or assessment.opens_at >= begun_at(record)",
        "return True",
        Schedule(
            seed=1,
            tracker="jira",
            ends_in_minutes=BECOMES_DUE,
            happenings=(Happening(60, Event.RESTART_BEHIND),),
        ),
        (Invariant.NO_FALSE_CLOSE,),
    ),
    Mutant(
        "never_settled",
        "No proof is ever enough.",
        "incidentd.policy.stretches",
        "self.lasted >= needed.apart",
        "self.lasted < needed.apart",
        Schedule(seed=1, tracker="jira", happenings=(Happening(20, Event.RENEW),)),
        (Invariant.EQUIVALENCE,),
    ),
)
