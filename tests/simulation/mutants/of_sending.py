"""Mutants of sending: intents before effects, and the right to write."""

from __future__ import annotations

from tests.simulation.invariants import Invariant
from tests.simulation.mutants.mutant import Mutant, Trial
from tests.simulation.schedule import Counted, Event, Fault, Happening, Misfortune, Schedule

MARKED = """\
        sending = await installation.worker.run(lambda: installation.store.mark_sending(intent, held.lease, now))
"""
SENT = """\
        outcome = await _sent(installation, held, tracker, {}, decided_at)
"""
TAKEN_OVER = Schedule(seed=1, tracker="jira", replicas=2, faults=(Fault(4, Misfortune.PAUSE_900, Counted.CALL),))
"""One stands still as it is about to send, and the other one goes on with its work."""

MUTANTS = (
    Mutant(
        "intent_after_effect",
        "An intent is written down as sent once its answer is there.",
        "incidentd.daemon.attempting",
        MARKED + SENT.format("sending"),
        SENT.format("intent") + MARKED,
        Schedule(seed=1, tracker="pagerduty"),
        (Invariant.INTENT_FIRST,),
    ),
    Mutant(
        "no_recovery",
        "What stood as being sent when a process died is never looked at again.",
        "incidentd.daemon.recovering",
        "    in_doubt = [intent for intent in waiting if intent.state is not IntentState.PENDING]",
        "    in_doubt = []",
        Schedule(seed=1, tracker="jira", faults=(Fault(1, Misfortune.CRASH_AFTER, Counted.WRITE),)),
        (Invariant.REST,),
    ),
    Mutant(
        "outbox_read_once",
        "What stood in the outbox at the first look is remembered, and never read again.",
        "incidentd.store.sql",
        "self._waiting = self._database.unless_known(",
        "self._waiting = self._waiting or self._database.unless_known(",
        Schedule(seed=1, tracker="jira"),
        (Invariant.NO_LOSS, Invariant.REST),
    ),
    Mutant(
        "lease_for_everybody",
        "A lease is taken over though its owner is alive.",
        "incidentd.store.leases",
        "if held:",
        "if False:",
        Schedule(
            seed=3,
            tracker="jira",
            replicas=2,
            happenings=(Happening(1, Event.RESTART),),
            faults=(Fault(4, Misfortune.LATE, Counted.CALL),),
        ),
        (Invariant.INTENT_FIRST, Invariant.FENCING),
    ),
    Mutant(
        "lease_never_asked",
        "A process that was paused for longer than its lease goes on where it was.",
        "incidentd.daemon.leases",
        "if self.has_run_out():",
        "if False:",
        TAKEN_OVER,
        (Invariant.INTENT_FIRST, Invariant.FENCING),
    ),
    Mutant(
        "no_fence",
        "Nobody asks for the lease once more as a request goes out.",
        "incidentd.transport.fence",
        "if fence is not None:",
        "if False:",
        TAKEN_OVER,
        (Invariant.INTENT_FIRST, Invariant.FENCING),
    ),
    Mutant(
        "old_generation_writes",
        "The state is written to under a lease that somebody else holds by now.",
        "incidentd.store.leases",
        "if row is None or (row.owner, row.generation) != (lease.owner, lease.generation):",
        "if row is None:",
        TAKEN_OVER,
        (Invariant.INTENT_FIRST, Invariant.FENCING),
    ),
    Mutant(
        "settled_without_the_right",
        "What became of an intent is written down whoever holds the lease by now.",
        "incidentd.store.sql",
        "self._write_ledger(work, lease, stands=lambda _: intent)",
        "self._write_ledger(work, None, stands=lambda _: intent)",
        Schedule(
            seed=1,
            tracker="jira",
            replicas=2,
            lag_seconds=300,
            faults=(Fault(1, Misfortune.PAUSE_60, Counted.WRITE),),
        ),
        (Invariant.FENCING,),
    ),
    Mutant(
        "stale_proof",
        "A closing goes out however long ago it was decided.",
        "incidentd.daemon.attempting",
        "if intent.kind in ON_PROOF and abs(",
        "if not intent.kind and abs(",
        Schedule(
            seed=1,
            tracker="jira",
            happenings=(Happening(20, Event.RENEW), Happening(50, Event.ROLL_BACK)),
            faults=(Fault(115, Misfortune.PAUSE_900), Fault(121, Misfortune.PAUSE_60)),
        ),
        (Invariant.NO_FALSE_CLOSE,),
    ),
    Mutant(
        "said_twice",
        "A comment is added without a look whether it stands there already.",
        "incidentd.trackers.exchange",
        """if text and not any(f"\\n{text}\\n" in f"\\n{said.strip()}\\n" for said in standing)]""",
        "if text]",
        Schedule(
            seed=1,
            tracker="jira",
            happenings=(Happening(20, Event.RENEW),),
            faults=(Fault(4, Misfortune.ANSWER_LOST, Counted.WRITE),),
        ),
        (Invariant.EQUIVALENCE,),
        Trial.WITHOUT_FAULTS,
    ),
    Mutant(
        "retry_after_ignored",
        "What a tracker asks to wait for is not waited for.",
        "incidentd.trackers.exchange",
        "self._until = max(self._until, self._clock.monotonic() + wait_seconds)",
        "self._until = 0.0",
        Schedule(seed=1, tracker="jira", files=3, faults=(Fault(6, Misfortune.THROTTLED, Counted.CALL),)),
        (Invariant.RATES,),
    ),
    Mutant(
        "chance_of_its_own",
        "How long a retry waits is drawn from the machine's own chance, not from the port.",
        "incidentd.transport.client",
        "self._randomness.fraction() *",
        '__import__("random").random() *',
        Schedule(seed=1, tracker="jira", faults=(Fault(1, Misfortune.NOT_DONE, Counted.CALL),)),
        (Invariant.REPLAY,),
        Trial.TWICE,
    ),
    Mutant(
        "broken_answers_unforeseen",
        "An answer that is cut short is an error that nobody expects.",
        "incidentd.transport.answer",
        "except (ValueError, RecursionError):",
        "except RecursionError:",
        Schedule(seed=1, tracker="jira", faults=(Fault(2, Misfortune.HALF_ANSWER, Counted.CALL),)),
        (Invariant.SOUND,),
    ),
    Mutant(
        "token_in_the_log",
        "The headers of each request are logged, and the token with them.",
        "incidentd.trackers.jira.client",
        """        self._pause.check("Jira")
""",
        """        self._pause.check("Jira")
        __import__("structlog").get_logger().debug("request", headers=headers)
""",
        Schedule(seed=1, tracker="jira"),
        (Invariant.SECRETS,),
    ),
    Mutant(
        "key_in_an_error",
        "The error of an event that was not taken quotes the event, routing key and all.",
        "incidentd.trackers.pagerduty.enqueue",
        """            failure = self._failure(answer)
""",
        """            failure = self._failure(answer)
            failure.what += f": {body}"
""",
        Schedule(seed=1, tracker="pagerduty", faults=(Fault(1, Misfortune.DISK_FULL, Counted.WRITE),)),
        (Invariant.SECRETS,),
    ),
)
