"""Pushed sweeps, without a network: what is written is what is read, and what is joined loses nothing that was seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.errors import UsageError
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory, Member, Place, Run, SweepRecord
from incidentd.model.location import Controller, Location, Role, labels_of
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason, Observation, Sweep
from incidentd.secret import SecretReference, Token
from incidentd.sources.pushed.joining import Joined, joined
from incidentd.sources.pushed.known import fingerprints_known, places_known, told_place
from incidentd.sources.pushed.lines import TEXT_CHARACTERS, Known
from incidentd.sources.pushed.reading import PushReader
from incidentd.sources.pushed.settings import PushedSettings
from incidentd.sources.pushed.source import NEVER, SILENT, PushedSource, last_heard_at, since_last_heard
from incidentd.sources.pushed.telling import Between, sweep_of
from incidentd.sources.pushed.writing import Written, written
from incidentd.sources.tls.key_types import expected_of
from incidentd.x509.keeping import keeping
from incidentd.x509.parse import parse_certificate
from tests.sources.world import NOW, StandingClock, issued, remembered

HOUR = timedelta(hours=1)
SETTINGS = PushedSettings.model_validate({"kind": "pushed", "token_file": "t", "trust_labels": ["service"]})
KNOWN = Known(source="branch", after=0, since=NOW, labels=("service",), most_places=100)
DERS = {one.fingerprint: one.der for one in (issued("a.test"), issued("b.test"), issued("c.test"))}
CERTIFICATES = [one for der in DERS.values() if isinstance(one := parse_certificate(der), Certificate)]
BETWEEN = Between(NOW, NOW + HOUR)


def at(uri: str, source: str = "edge", **labels: str) -> Location:
    """A served place."""
    return Location(uri, source, Role.SERVED, labels_of(labels), "a.test")


def seen(where: Location, *chain: Certificate, **more: Any) -> Observation:
    """A look at it."""
    return Observation(where, "192.0.2.1", chain or (CERTIFICATES[0],), NOW, **more)


def sweep(*looks: Observation | Gap | Absence, source: str = "edge", failure: str | None = None) -> Sweep:
    """What a source there brought home."""
    return Sweep(
        source,
        NOW,
        NOW,
        tuple(one for one in looks if isinstance(one, Observation)),
        tuple(one for one in looks if isinstance(one, Gap)),
        tuple(one for one in looks if isinstance(one, Absence)),
        failure,
    )


def read(push: Written, inventory: Inventory | None = None) -> Sweep:
    """What the hub makes of it."""
    reader = PushReader(100)
    reader.take_all(push.body.split(b"\n"))
    return sweep_of(reader.whole(), "branch", SETTINGS, inventory or Inventory(), BETWEEN)


texts = st.text(max_size=40)
uris = st.text(st.characters(min_codepoint=32, exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)
chains = st.lists(st.sampled_from(CERTIFICATES), min_size=1, max_size=3).map(tuple)


@st.composite
def accounts(draw: st.DrawFn) -> list[Observation | Gap | Absence]:
    """What may be said of some places."""
    said: list[Observation | Gap | Absence] = []
    for uri in draw(st.lists(uris, unique=True, max_size=4)):
        where = replace(
            at(uri, service=draw(st.sampled_from(["shop", "bank"]))),
            controller=draw(st.sampled_from([None, Controller("cert-manager", True, NOW), Controller("x", False)])),
        )
        for _ in range(draw(st.integers(0, 2))):
            chain = draw(chains)
            others = (1,) if len(chain) > 1 and draw(st.booleans()) else ()
            said.append(seen(where, *chain, others=others, unread=tuple(draw(st.lists(texts, max_size=2)))))
        if draw(st.booleans()):
            said.append(
                Gap(where, draw(st.sampled_from([None, "192.0.2.2"])), draw(st.sampled_from(GapReason)), "x", NOW)
            )
        if draw(st.booleans()):
            kind = draw(st.sampled_from([kind for kind in AbsenceKind if kind is not AbsenceKind.SAID]))
            said.append(Absence(where, "192.0.2.3", kind, "group", NOW))
    return said


@given(accounts(), st.sampled_from([None, "edge: no list"]))
def test_what_is_written_is_what_is_read(said: list[Observation | Gap | Absence], failure: str | None) -> None:
    """All of it, under the hub's name and dates: what begins at the arrival, what is unseen before."""
    push = written(KNOWN, Joined(joined([sweep(*said)]).accounts, failure, ()), DERS, ())
    home = read(push)
    ours = {where.location.uri: replace(where.location, source="branch") for where in said}
    want = sweep(*said)
    by = lambda one: (one.location.uri, repr(one))  # noqa: E731 - the order of places is the writer's
    assert sorted(home.observations, key=by) == sorted(
        (replace(one, location=ours[one.location.uri], at=NOW + HOUR) for one in want.observations), key=by
    )
    assert sorted(home.gaps, key=by) == sorted(
        (replace(one, location=ours[one.location.uri]) for one in want.gaps), key=by
    )
    assert sorted(home.absences, key=by) == sorted(
        (replace(one, location=ours[one.location.uri], at=NOW + HOUR) for one in want.absences), key=by
    )
    assert home.failure == (f"its pusher says: {failure}" if failure else None)
    assert (home.source, home.started_at, home.finished_at) == ("branch", NOW, NOW + HOUR)


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_refused(noise: bytes) -> None:
    """Whatever stands in a push, it is understood or it is a UsageError."""
    whole = written(KNOWN, joined([sweep(seen(at("tls://a:443")))]), DERS, ()).body
    reader = PushReader(100)
    with pytest.raises(UsageError):
        reader.take_all((whole[:200] + noise + b"\n{").split(b"\n"))
        reader.whole()


def test_a_certificate_that_the_hub_knows_is_not_sent() -> None:
    """The hub takes its own object for it, so that what is the same stays the same."""
    where = at("tls://a:443")
    place = Place(
        replace(where, source="branch"), (Member("192.0.2.1", (Run((CERTIFICATES[0].fingerprint,), NOW, NOW, 1),)),)
    )
    inventory = Inventory({CERTIFICATES[0].fingerprint: CERTIFICATES[0]}, {place.key: place})
    told = told_place(place, (), NOW)
    push = written(KNOWN, joined([sweep(seen(where))]), {}, fingerprints_known([told]))
    (look,) = read(push, inventory).observations
    assert (push.certificates, look.chain[0] is CERTIFICATES[0], look.location is place.location) == (0, True, True)


def test_what_cannot_be_said_is_named_and_the_rest_is_pushed() -> None:
    """A long text is cut, one that no JSON holds is escaped; an address that is too long costs one place."""
    fine, long = at("tls://a:443"), at("tls://" + "a" * 20_000)
    torn = Gap(fine, None, GapReason.TORN, "x" * 5000 + "\udcff", NOW)
    odd = Gap(at("tls://b:443"), None, GapReason.TORN, "\udcff", NOW)
    push = written(KNOWN, joined([sweep(torn, odd, seen(long))]), DERS, ())
    assert (push.places, push.certificates, len(push.unsayable)) == (2, 0, 1)
    gaps = read(push).gaps
    assert [len(gap.text) for gap in gaps] == [TEXT_CHARACTERS, len("\\udcff")]


def test_a_persons_word_is_no_machines_to_say() -> None:
    """It would retire a place at once."""
    said = Absence(at("tls://a:443"), None, AbsenceKind.SAID, "a", NOW)
    assert written(KNOWN, joined([sweep(said)]), DERS, ()).places == 0


WHERE = at("tls://a:443")
SAYS: dict[str, Any] = {
    "seen": seen(WHERE),
    "gone": Absence(WHERE, None, AbsenceKind.REMOVED, "a", NOW),
    "moved": Absence(WHERE, "192.0.2.1", AbsenceKind.UNRESOLVED_ADDRESS, "a", NOW),
    "unseen": Gap(WHERE, None, GapReason.REFUSED, "", NOW),
    "failed": Gap(WHERE, None, GapReason.SOURCE_FAILED, "", NOW),
    "nobody": Absence(WHERE, None, AbsenceKind.UNCONFIGURED, "a", NOW),
}


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        ("seen", "nobody", "seen"), ("nobody", "seen", "seen"), ("failed", "seen", "seen"), ("unseen", "seen", "seen"),
        ("unseen", "nobody", "unseen"), ("nobody", "failed", "failed"), ("failed", "nobody", "failed"),
        ("gone", "failed", "gone"), ("nobody", "gone", "gone"), ("moved", "nobody", "moved"),
        ("unseen", "gone", "unseen"), ("gone", "unseen", "gone"), ("nobody", "nobody", "nobody"),
    ],
)  # fmt: skip  # a list, read in rows
def test_the_first_source_that_has_a_place_speaks_for_it(first: str, second: str, taken: str) -> None:
    """One that does not look there has no say; gone for want of a target is only what no source has."""
    (account,) = joined([sweep(SAYS[first], source="one"), sweep(SAYS[second], source="two")]).accounts
    assert (*account.seen, *account.unseen, *account.gone) == (SAYS[taken],)


@pytest.mark.parametrize("failure", [None, "it broke"])
def test_what_one_source_does_not_speak_of_has_not_left(failure: str | None) -> None:
    """A source that broke says nothing of its places; that the others do not look there proves nothing."""
    broken = sweep(source="two", failure=failure)
    assert joined([sweep(SAYS["nobody"], source="one"), broken]).accounts == ()
    assert joined([broken, sweep(SAYS["nobody"], source="one")]).accounts == ()
    assert len(joined([sweep(SAYS["unseen"], source="one"), broken]).accounts) == 1
    assert len(joined([sweep(SAYS["nobody"], source="one")]).accounts) == 1


def test_what_several_have_and_what_failed_is_said() -> None:
    """The look that is not pushed is named, and so is each source that failed as a whole."""
    both = joined(
        [sweep(SAYS["seen"], source="one", failure="no list"), sweep(SAYS["seen"], source="two", failure="no")]
    )
    assert (both.twice, both.failure) == ((WHERE.uri,), "one: no list; two: no")
    assert joined([]).failure is None


RUNS = [
    (Run((), NOW, NOW, 1, AbsenceKind.REMOVED),),
    (Run(("a" * 64,), NOW - 30 * 24 * HOUR, NOW, 3),),
    (Run(("a" * 64,), NOW - 30 * 24 * HOUR, NOW, 3), Run(("b" * 64,), NOW - HOUR, NOW, 2)),
    (Run(("a" * 64,), NOW - 90 * 24 * HOUR, NOW, 3), Run(("b" * 64,), NOW - 30 * 24 * HOUR, NOW, 2)),
    (Run(("a" * 64, "b" * 64), NOW, NOW, 1, others=(1,)),),
    (Run(("a" * 64,), NOW, NOW, 1), Run((), NOW, NOW, 1, AbsenceKind.REMOVED)),
]


@pytest.mark.parametrize("runs", RUNS)
@pytest.mark.parametrize("leaf", ["a", "b", "c"])
def test_what_is_expected_of_a_member_is_the_same_there(runs: tuple[Run, ...], leaf: str) -> None:
    """Whether a server is asked for further types of keys depends on what the hub remembers, not on who asks."""
    place = Place(at("tls://a:443", source="branch"), (Member("192.0.2.1", runs),))
    known = KNOWN.model_copy(update={"places": (told_place(place, (), NOW),)})
    (there,) = places_known(Known.model_validate_json(known.model_dump_json()), "edge", NOW)
    leaves = frozenset([leaf * 64])
    assert expected_of(there.members[0], leaves, NOW) == expected_of(place.members[0], leaves, NOW)
    assert (there.location.source, bool(there.members)) == ("edge", True)


def test_a_place_that_held_nothing_holds_nothing_there() -> None:
    """Which a source of files takes for what never was one."""
    place = Place(at("file:///a", source="branch", service="shop", env="prod"))
    known = KNOWN.model_copy(update={"places": (told_place(place, ("service",), NOW),)})
    (there,) = places_known(known, "edge", NOW)
    assert (there.members, there.location.labels) == ((), (("service", "shop"),))


def test_by_what_a_cluster_exposes_a_place_is_kept_and_told() -> None:
    """Else a deleted Ingress would be a target that left the configuration there: that is never suspect."""
    labels = {"exposed_by": "ingress/web/shop", "namespace": "web", "owner": "me"}
    looked = sweep(seen(at("tls://a.test:443", **labels)))
    taken = SETTINGS.taken_labels
    known = KNOWN.model_copy(update={"labels": taken})
    reader = PushReader(10)
    reader.take_all(written(known, joined([looked]), DERS, ()).body.split(b"\n"))
    (told,) = sweep_of(reader.whole(), "branch", SETTINGS, Inventory(), BETWEEN).observations
    assert dict(told.location.labels) == {"exposed_by": "ingress/web/shop", "namespace": "web"}
    place = told_place(Place(told.location), taken, NOW)
    assert place.labels == dict(told.location.labels)


def record(failure: str | None = None, ended: timedelta = timedelta()) -> SweepRecord:
    """The last sweep, which ended so long ago."""
    return SweepRecord("branch", 1, NOW - ended - HOUR, NOW - ended, complete=failure is None, failure=failure)


@pytest.mark.parametrize(
    ("last", "is_silent", "has_news", "heard"),
    [
        (None, True, True, None),
        (record(), False, False, NOW),
        (record(ended=3 * HOUR), False, False, NOW - 3 * HOUR),
        (record(ended=4 * HOUR), True, True, NOW - 4 * HOUR),
        (record("its pusher says: no"), False, False, NOW),
        (record("its pusher says: no", 4 * HOUR), True, True, NOW - 4 * HOUR),
        (record(SILENT, 9 * HOUR), True, False, NOW - 10 * HOUR),
        (record(NEVER), True, False, None),
    ],
)
def test_silence_is_written_down_once(
    tmp_path: Path, last: SweepRecord | None, is_silent: bool, has_news: bool, heard: Any
) -> None:
    """After three intervals without a push, whatever it said last; and when it was heard is not forgotten."""
    (tmp_path / "token").write_text("t")
    source = PushedSource("branch", SETTINGS, HOUR, (Token(SecretReference(path=tmp_path / "token")),), StandingClock())
    assert (source.is_silent(last), source.has_news(last), last_heard_at(last)) == (is_silent, has_news, heard)


async def test_silence_is_dated_from_when_it_began() -> None:
    """By the last push, or by now where that lies ahead of the clock."""
    source = PushedSource("branch", SETTINGS, HOUR, (), StandingClock())
    place = remembered(at("tls://a:443", source="branch"), "192.0.2.1")
    never, silent = await source.sweep(()), await source.sweep([place])
    assert (never.failure, since_last_heard(never, None)) == (NEVER, never)
    for ended, since in ((4 * HOUR, NOW - 4 * HOUR), (-HOUR, NOW)):
        dated = since_last_heard(silent, record(ended=ended))
        assert (dated.started_at, dated.gaps[0].at, dated.finished_at, dated.failure) == (since, since, NOW, SILENT)


def test_the_bytes_of_certificates_are_kept_only_where_they_are_asked_for() -> None:
    """Each once, without what trails it; and by nobody afterwards."""
    (fingerprint, der), *_ = DERS.items()
    with keeping() as kept:
        parse_certificate(der + b"trailing")
        parse_certificate(b"no certificate")
    parse_certificate(list(DERS.values())[1])
    assert kept == {fingerprint: der}
