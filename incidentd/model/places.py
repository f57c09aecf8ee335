"""Places as they stand after the last sweep of their sources, each kept as it was last written.

A member that was seen the same again changes nothing here but the number of the sweep: how often it was seen, and until
when, is reckoned when somebody looks. So a sweep without news costs nothing, however many places there are.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import accumulate, chain
from operator import attrgetter, is_
from types import MappingProxyType
from typing import TypeVar

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory, Member, Place, PlaceKey, Recorded, SweepRecord
from incidentd.model.location import Location
from incidentd.model.observation import Sweep

K = TypeVar("K")
V = TypeVar("V")
_UNREAD = attrgetter("unread")
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a member showed last; a look before that was dated by another clock."""

    chain: tuple[str, ...]
    last_at: datetime
    others: tuple[int, ...] = ()


NOTHING_SHOWN: Mapping[str, Shown] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Kept:
    """A place as it stood after the sweep of its source with that number."""

    place: Place
    as_of: int
    shown: Mapping[str, Shown] = field(default_factory=lambda: NOTHING_SHOWN)
    """By address, what every member showed last. Empty with a gap, and with a clock that would have to be righted."""


def kept_as(place: Place, as_of: int) -> Kept:
    """It, with what every further look is compared with: worked out once, since nearly all show the same."""
    if place.silent or place.unseen_since is not None or not all(map(_is_plain, place.members)):
        return Kept(place, as_of)
    runs = {member.address: member.current for member in place.members}
    return Kept(place, as_of, {address: Shown(run.chain, run.last_at, run.others) for address, run in runs.items()})


def _is_plain(member: Member) -> bool:
    """Seen at the last look, by handshakes that agreed; and no earlier one is dated after it."""
    current = member.current
    return (
        member.unseen_since is None
        and current.share is None
        and current.last_at >= max(run.last_at for run in member.runs)
    )


@dataclass(frozen=True, slots=True)
class Looks:
    """All that a sweep showed, in its order: taken apart, so that another one is compared with it at once."""

    locations: list[Location]
    members: list[str]
    chains: list[tuple[Certificate, ...]]
    others: list[tuple[int, ...]]
    certificates: list[Certificate]

    def are_at(self, other: "Looks") -> bool:
        """True where both looked at the same members, in the same order."""
        return self.members == other.members and all(map(is_, self.locations, other.locations))

    def otherwise(self, other: "Looks") -> list[Location]:
        """Where they showed other objects, of the same members: what is merely equal may be compared one by one."""
        if self.others != other.others or list(map(len, self.chains)) != list(map(len, other.chains)):
            now, then = zip(self.chains, self.others, strict=True), zip(other.chains, other.others, strict=True)
            shown = zip(self.locations, now, then, strict=True)
            return [where for where, (chain, beside), (old, left) in shown if beside != left or not _same(chain, old)]
        # All at once: in a steady pass next to nothing differs.
        alike = list(map(is_, self.certificates, other.certificates))
        if all(alike):
            return []
        ends = list(accumulate(map(len, self.chains)))
        numbers = {bisect_right(ends, number) for number, same in enumerate(alike) if not same}
        return [self.locations[number] for number in sorted(numbers)]


def _same(one: tuple[Certificate, ...], other: tuple[Certificate, ...]) -> bool:
    return len(one) == len(other) and all(map(is_, one, other))


def looks_in(sweep: Sweep) -> Looks | None:
    """What a sweep showed; None where it says more than that."""
    seen = sweep.observations
    if sweep.gaps or sweep.absences or any(map(_UNREAD, seen)):
        return None
    chains = [one.chain for one in seen]  # lists made so take half of what a map takes
    return Looks(
        [one.location for one in seen],
        [one.member for one in seen],
        chains,
        [one.others for one in seen],
        list(chain.from_iterable(chains)),
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """A sweep that was compared with what is kept: when it began, what it showed, and at which places just that."""

    at: datetime
    looks: Looks
    again: set[PlaceKey]
    rest: set[PlaceKey]
    """All other places that it looked at."""


class Places(Mapping[PlaceKey, Place]):
    """Places by key, as they stand now. `kept` is what of them changes only with news."""

    __slots__ = ("_sweeps", "compared", "kept")

    def __init__(
        self,
        kept: Mapping[PlaceKey, Kept],
        sweeps: Mapping[str, SweepRecord],
        compared: dict[str, Compared] | None = None,
    ) -> None:
        self.kept = kept
        self._sweeps = sweeps
        self.compared: dict[str, Compared] = {} if compared is None else compared
        """By source: what it showed again, and a later one shows too, is no news, while what is kept of it stands."""

    def __getitem__(self, key: PlaceKey) -> Place:
        kept = self.kept[key]
        return _as_of_now(kept, self._sweeps.get(kept.place.location.source))

    def __contains__(self, key: object) -> bool:
        return key in self.kept

    def __iter__(self) -> Iterator[PlaceKey]:
        return iter(self.kept)

    def __len__(self) -> int:
        return len(self.kept)

    def swept_at(self, source: str) -> datetime:
        """When the last sweep of a source began, by the clock of that time; the beginning of time if there was none."""
        record = self._sweeps.get(source)
        return record.started_at if record else NEVER

    def __repr__(self) -> str:
        return f"Places({dict(self)!r})"


def places_in(inventory: Inventory) -> Places:
    """The places of an inventory. What came in any other mapping stands as it is after the last sweeps."""
    places, sweeps = inventory.places, inventory.sweeps
    if isinstance(places, Places):
        return places
    return Places({key: kept_as(place, _sequence(sweeps.get(key[0]))) for key, place in places.items()}, sweeps)


def kept_places(inventory: Inventory, source: str | None = None) -> Iterator[Place]:
    """The places, all or of one source, for those who do not ask how often and until when the same was seen there."""
    kept = places_in(inventory).kept
    return iter([one.place for key, one in kept.items() if source is None or key[0] == source])


def after_sweep(inventory: Inventory, recorded: Recorded) -> Inventory:
    """The inventory after one more sweep: what is not among its news was seen the same again, or cannot be seen yet."""
    sweep, places = recorded.sweep, places_in(inventory)
    kept, compared = places.kept, places.compared
    if recorded.places:
        news = {place.key: kept_as(place, sweep.sequence) for place in recorded.places}
        kept = with_news(kept, news)
        compared = {source: _but_for(one, news.keys()) for source, one in compared.items()}
    new = {each.fingerprint: each for each in recorded.certificates if each.fingerprint not in inventory.certificates}
    first_seen = dict.fromkeys(new, sweep.started_at)
    sweeps = MappingProxyType({**inventory.sweeps, sweep.source: sweep})
    return Inventory(
        certificates=with_news(inventory.certificates, new),
        places=Places(kept, sweeps, compared),
        sweeps=sweeps,
        first_seen=with_news(inventory.first_seen, first_seen),
    )


def with_news(known: Mapping[K, V], news: Mapping[K, V]) -> Mapping[K, V]:
    """The same with what is new in it; the very same where nothing is."""
    if not news:
        return known
    # A proxy's own copy is made at once, any other one entry after another: that shows where there are thousands.
    after = known.copy() if isinstance(known, MappingProxyType) else dict(known)
    after.update(news)
    return MappingProxyType(after)


def _but_for(compared: Compared, news: Collection[PlaceKey]) -> Compared:
    changed = compared.again.intersection(news)
    return replace(compared, again=compared.again - changed, rest=compared.rest | changed) if changed else compared


def after_amendment(inventory: Inventory, changed: Iterable[Kept]) -> Inventory:
    """The inventory with some places as a person's word changed them; all others stand as they stood."""
    kept = with_news(places_in(inventory).kept, {one.place.key: one for one in changed})
    return replace(inventory, places=Places(kept, inventory.sweeps))


def _as_of_now(kept: Kept, sweep: SweepRecord | None) -> Place:
    if sweep is None or sweep.sequence <= kept.as_of:
        return kept.place
    return replace(kept.place, members=tuple(_seen_again(member, kept.as_of, sweep) for member in kept.place.members))


def _seen_again(member: Member, as_of: int, sweep: SweepRecord) -> Member:
    """A member that can be seen was looked at, with the same result, once in each sweep since."""
    if member.unseen_since is not None:
        return member
    run = member.current
    again = replace(run, looks=run.looks + sweep.sequence - as_of, last_at=max(run.last_at, sweep.started_at))
    return replace(member, runs=(*member.runs[:-1], again))


def _sequence(sweep: SweepRecord | None) -> int:
    return sweep.sequence if sweep else 0
