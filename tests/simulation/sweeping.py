"""Sweeping: each step of a scenario with each misfortune, one at a time.

A life with one misfortune must violate nothing, and end in the very tickets that the life without it ends in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from tests.simulation.branching import branched
from tests.simulation.database import AT_REST
from tests.simulation.fleet import SWEEP_SECONDS
from tests.simulation.invariants import Invariant
from tests.simulation.life import Life
from tests.simulation.process import Process
from tests.simulation.running import Ended, run
from tests.simulation.scenarios import Scenario
from tests.simulation.schedule import Counted, Misfortune, Schedule, Step

ANYWHERE = (
    Misfortune.CRASH_BEFORE,
    Misfortune.CRASH_AFTER,
    Misfortune.ANSWER_LOST,
    Misfortune.PAUSE_900,
    Misfortune.DISK_FULL,
)
"""What every step is tried with."""
AT_CALLS = (
    Misfortune.NOT_DONE,
    Misfortune.LATE,
    Misfortune.THROTTLED,
    Misfortune.BAD_GATEWAY,
    Misfortune.FORBIDDEN,
    Misfortune.HALF_ANSWER,
)
"""What every request is tried with besides."""
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Made:
    """A step as it was made in the life without misfortune."""

    nth: int
    kind: Step
    process: str
    at_seconds: float

    @property
    def interval(self) -> int:
        """In which sweep interval it falls."""
        return int(self.at_seconds // SWEEP_SECONDS)


@dataclass
class Witness:
    """Writes down every step of a life, and what each changed."""

    made: list[Made] = field(default_factory=list)
    effective: set[int] = field(default_factory=set)
    """Steps that committed something, or asked a tracker for a change."""
    eventful: set[int] = field(default_factory=set)
    """Sweep intervals, counted from 0, in which more than leases and counters of sweeps changed."""
    _life: Life | None = None
    _rows: object = None
    _writes: int = 0

    def __call__(self, life: Life, process: Process, kind: Step) -> None:
        self.look(life)
        self.made.append(Made(life.counts[Counted.ANY] + 1, kind, process.name, life.seconds()))

    def look(self, life: Life) -> None:
        """What the step before this one has changed."""
        rows, writes = life.database.rows_of(*AT_REST), life.actual.writes()
        if self.made and (writes, rows) != (self._writes, self._rows):
            self.eventful.add(self.made[-1].interval)
        if writes != self._writes:
            self.effective.add(len(self.made))
        self._rows, self._writes, self._life = rows, writes, life

    @property
    def wrote(self) -> set[int]:
        """The steps that committed something to the database."""
        return self._life.wrote if self._life else set()


@dataclass(frozen=True, slots=True)
class Judged:
    """One point, lived."""

    schedule: Schedule
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """What came of one scenario."""

    steps: int
    points: int
    """Steps by misfortunes."""
    judged: tuple[Judged, ...]
    """The lives that were lived: one for the points that come to the same."""

    @property
    def failed(self) -> tuple[Judged, ...]:
        """Those that violated something, or ended otherwise."""
        return tuple(each for each in self.judged if each.complaints)


def sweep(scenario: Scenario, tracker: str, replicas: int = 1, every: int = 1) -> Swept:
    """Every step of a scenario, or each `every`th, with every misfortune."""
    schedule, witness = scenario.at(tracker, replicas), Witness()
    well = run(schedule, witness)
    window = _window(witness, scenario)[::every]
    points = {made.nth: tuple(_misfortunes(made, witness)) for made in window}
    judged = branched(schedule, points, partial(judge, well))
    if well.violations:
        judged.insert(0, Judged(schedule, _violated(well)))
    tried = sum(len(ANYWHERE) + (len(AT_CALLS) if made.kind is Step.CALL else 0) for made in window)
    return Swept(len(window), tried, tuple(judged))


def _window(witness: Witness, scenario: Scenario) -> list[Made]:
    """The steps of the intervals in which anything changed, and of one in which nothing did where that is asked for.

    A pass that changes nothing is like any other that changes nothing.
    """
    since, until = scenario.since_minute * 60.0, scenario.until_minute * 60.0
    wanted = {interval for interval in witness.eventful if (interval + 1) * SWEEP_SECONDS > since}
    if scenario.with_rest:
        wanted.add(max(wanted) + 1)
    return [made for made in witness.made if made.interval in wanted and since <= made.at_seconds < until]


def _misfortunes(made: Made, witness: Witness) -> Iterator[Misfortune]:
    for misfortune in ANYWHERE:
        if not _is_another_point(made, misfortune, witness):
            yield misfortune
    if made.kind is Step.CALL:
        yield from AT_CALLS


def _is_another_point(made: Made, misfortune: Misfortune, witness: Witness) -> bool:
    """Whether this comes to the same as another point, or to nothing: then it need not be lived.

    To die after a step is to die before the next one of the same instant; and to die before a step that changes nothing
    is to die after it. A disk that is full is no matter to a handshake or to a transaction that writes nothing.
    """
    has_effect = made.nth in witness.wrote or made.nth in witness.effective
    match misfortune:
        case Misfortune.CRASH_AFTER:
            after = witness.made[made.nth : made.nth + 1]
            return bool(after) and (after[0].process, after[0].at_seconds) == (made.process, made.at_seconds)
        case Misfortune.CRASH_BEFORE:
            return not has_effect
        case Misfortune.DISK_FULL:
            return made.kind is not Step.CALL and made.nth not in witness.wrote
        case _:
            return False


def judge(well: Ended, schedule: Schedule, ended: Ended) -> Judged:
    """Held against the invariants, and against the life in which all went well."""
    complaints = _violated(ended)
    if not ended.struck:
        complaints += ("the misfortune never came",)
    if ended.standing != well.standing:
        complaints += (f"{Invariant.EQUIVALENCE}: {difference(well.standing, ended.standing)}",)
    return Judged(schedule, complaints)


def _violated(ended: Ended) -> tuple[str, ...]:
    return tuple(f"{each.invariant}: {each.text} (at {each.at_seconds:.0f} s)" for each in ended.violations)


def difference(wanted: tuple[str, ...], found: tuple[str, ...]) -> str:
    """Where two ends part."""
    if len(wanted) != len(found):
        return f"{len(found)} tickets instead of {len(wanted)}"
    for left, right in zip(wanted, found, strict=True):
        if left != right:
            at = next((n for n, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), 0)
            start = max(at - _SHOWN, 0)
            return f"…{right[start : at + 2 * _SHOWN]}… instead of …{left[start : at + 2 * _SHOWN]}…"
    return "nothing"
