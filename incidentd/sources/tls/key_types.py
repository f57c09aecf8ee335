"""Key types: a server with an RSA and an EC certificate gives each client one of them. It is asked for the other one.

Not in each sweep of each server: most have one type of key, and would have to refuse a handshake every hour. But in
each where a wrong answer could pass for proof: where two types were seen, and where what is served changed of late.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from incidentd.model.certificate import KeyType
from incidentd.model.inventory import Member
from incidentd.model.observation import Gap, Observation
from incidentd.ports import Clock, Network, ProbeAnswer, ProbeRequest, Refusal

ASK_AGAIN_SECONDS = 24 * 3600.0
"""How long one refusal is enough, where nothing changes."""
CHANGED_LATELY = timedelta(days=14)
"""As long as what was seen since then can be proof that something before it is gone."""


class Expectation(Enum):
    """What is known of a member's other key types before it is asked."""

    NOTHING = auto()
    CHANGING = auto()
    """What it serves changed of late: no answer may hide what it served before."""
    SEVERAL = auto()
    """It had several at the last look."""


def expected_of(member: Member | None, leaves: frozenset[str], now: datetime) -> Expectation:
    """By what is remembered of it, and what it shows now."""
    shown = [run for run in member.runs if run.chain] if member else []
    if not shown:
        return Expectation.NOTHING
    last = shown[-1]
    if last.others:
        return Expectation.SEVERAL
    changed = len(shown) > 1 and now - last.first_at < CHANGED_LATELY
    return Expectation.CHANGING if changed or not leaves <= {last.chain[0]} else Expectation.NOTHING


Judge = Callable[[ProbeAnswer], Observation | Gap]
"""What one answer says of the member."""


@dataclass(slots=True)
class Refused:
    """Which endpoints had no other type of key when they served what they serve now; for the life of the process."""

    _known: dict[ProbeRequest, tuple[frozenset[str], float]] = field(default_factory=dict)
    _spoken_of: set[ProbeRequest] = field(default_factory=set)

    def is_known(self, request: ProbeRequest, leaves: frozenset[str], now: float) -> bool:
        """True where the same leaves were seen, and every other type was refused, within a day (monotonic seconds)."""
        self._spoken_of.add(request)
        before, at = self._known.get(request, (frozenset(), 0.0))
        return before == leaves and now - at < ASK_AGAIN_SECONDS

    def note(self, request: ProbeRequest, leaves: frozenset[str], now: float) -> None:
        """From now on."""
        self._spoken_of.add(request)
        self._known[request] = (leaves, now)

    def sweep_ended(self) -> None:
        """What no sweep comes to any more is forgotten."""
        self._known = {request: known for request, known in self._known.items() if request in self._spoken_of}
        self._spoken_of = set()


@dataclass(frozen=True, slots=True)
class Asking:
    """One member whose other key types are asked for, by as many handshakes as the first."""

    request: ProbeRequest
    network: Network
    clock: Clock
    samples: int
    member: Member | None = None
    """As it is remembered."""


async def with_other_types(
    seen: Sequence[Observation], asking: Asking, refused: Refused, judge: Judge
) -> tuple[tuple[Observation, ...], Gap | None]:
    """What all clients get, with what those get beside it who want another type of key.

    Or the gap: a type that may be there and could not be asked for leaves the whole member unseen.
    """
    leaves = frozenset(one.chain[0].fingerprint for one in seen)
    first = {one.chain[0].key_type for one in seen}
    now = asking.clock.monotonic()
    expectation = expected_of(asking.member, leaves, asking.clock.now())
    if expectation is Expectation.NOTHING and refused.is_known(asking.request, leaves, now):
        return tuple(seen), None
    whole = tuple(seen)
    for key_type in (each for each in KeyType if each not in first):
        found = await _of_type(key_type, asking, expectation, judge)
        if isinstance(found, Gap):
            return (), found
        whole = tuple(_joined(one, found[turn % len(found)]) for turn, one in enumerate(whole)) if found else whole
    if all(not one.others for one in whole):
        refused.note(asking.request, leaves, now)
    return whole, None


async def _of_type(
    key_type: KeyType, asking: Asking, expectation: Expectation, judge: Judge
) -> list[Observation] | Gap:
    """The chains with a key of this type; none where the server has none, or will not say and never had."""
    request = replace(asking.request, key_type=key_type)
    answer = await asking.network.probe(request)
    found = judge(answer)
    if isinstance(found, Gap):
        text = f"its {key_type.upper()} certificate, if it has one, could not be looked at: {found.text}"
        return replace(found, text=text) if _may_hide_one(answer, expectation) else []
    if found.chain[0].key_type is not key_type:
        return []
    more = [judge(await asking.network.probe(request)) for _ in range(asking.samples - 1)]
    return [found, *(one for one in more if isinstance(one, Observation) and one.chain[0].key_type is key_type)]


def _may_hide_one(answer: ProbeAnswer, expectation: Expectation) -> bool:
    """False where the server said that it has none.

    Some hang up without a word; that is believed of those that never had one.
    """
    if answer.refusal is Refusal.NOTHING_FITS or expectation is Expectation.NOTHING:
        return False
    return expectation is Expectation.SEVERAL or answer.refusal is not Refusal.HUNG_UP


def _joined(first: Observation, other: Observation) -> Observation:
    """One look: both chains, and where the second one begins."""
    return replace(
        first,
        chain=(*first.chain, *other.chain),
        others=(*first.others, len(first.chain)),
        unread=(*first.unread, *other.unread),
    )
