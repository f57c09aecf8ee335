"""Suspicion: what lost everything, or much of many, is frozen until a person approves."""

import pytest

from incidentd.model.assessment import PlaceStatus, Reason, Stage
from incidentd.model.location import Location
from incidentd.model.observation import AbsenceKind, Sweep
from incidentd.model.policy import CloseAfter
from incidentd.policy.remember import remember
from incidentd.policy.suspicion import suspect_groups
from tests.policy.builders import (
    DAY,
    HOUR,
    MINUTE,
    START,
    Fleet,
    Item,
    absent,
    authority,
    certificate,
    gap,
    place,
    seen,
    store,
    sweep_of,
)

OLD = certificate(ends=30 * DAY)
KEEP = certificate("keep.example.net", ends=900 * DAY)


def files(folder: str, count: int) -> list[Location]:
    """Files in one folder."""
    return [store(f"{folder}/{n}.pem") for n in range(count)]


def suspects(fleet: Fleet, *items: Item) -> frozenset[str]:
    """The groups that are suspect in this sweep."""
    return suspect_groups(fleet.inventory, sweep_of("disk", items, fleet.now), CloseAfter())


def holding(*where: Location) -> Fleet:
    """All of these hold something; an hour ago."""
    return Fleet().sweep(*[seen(each, KEEP) for each in where]).wait(HOUR)


@pytest.mark.parametrize(
    ("known", "gone", "suspect"),
    [
        (1, 1, True),
        (2, 1, False),
        (5, 4, False),
        (5, 5, True),
        (6, 1, False),
        (6, 2, True),
        (10, 2, False),
        (10, 3, True),
    ],
)
def test_an_emptied_folder_or_more_than_a_fifth_of_more_than_five(known: int, gone: int, suspect: bool) -> None:
    """Beside a large folder, so that the source as a whole is not judged."""
    many, few = files("/srv/many", 100), files("/etc/pki", known)
    fleet = holding(*many, *few)
    items: list[Item] = [absent(each) for each in few[:gone]]
    items += [seen(each, KEEP) for each in [*many, *few[gone:]]]
    assert suspects(fleet, *items) == ({"file:///etc/pki"} if suspect else set())


def test_the_source_as_a_whole_taints_every_group() -> None:
    """One in four from each of many folders is a fifth too many of the whole."""
    folders = [files(f"/srv/{n}", 4) for n in range(5)]
    fleet = holding(*[each for folder in folders for each in folder])
    assert len(suspects(fleet, *[absent(folder[0]) for folder in folders])) == 5


def test_a_folder_is_judged_with_all_beneath_it() -> None:
    """A file in a folder that still has others below is no emptied folder."""
    fleet = holding(store("/etc/a.pem"), store("/etc/sub/b.pem"), store("/etc/sub/c.pem"), store("/etcetera/d.pem"))
    assert suspects(fleet, absent(store("/etc/a.pem"))) == frozenset()


def test_a_renamed_file_empties_nothing() -> None:
    """The listing holds the new name: the folder is not empty."""
    fleet = holding(store("/etc/pki/2026.pem"), store("/srv/x.pem"))
    assert suspects(fleet, absent(store("/etc/pki/2026.pem")), seen(store("/etc/pki/2027.pem"), KEEP)) == frozenset()


def snakeoil(fleet: Fleet, lost: list[Location], *kept: Location) -> list[frozenset[str]]:
    """What is suspect in each of five sweeps, from the one on in which these give way to a file that was not known."""
    items: list[Item] = [
        *map(absent, lost),
        seen(store("/etc/pki/snakeoil.pem"), OLD),
        *[seen(each, KEEP) for each in kept],
    ]
    said = []
    for _ in range(5):
        said.append(suspects(fleet, *items))
        fleet.sweep(*items).wait(HOUR)
    return said


@pytest.mark.parametrize("known", [2, 3, 30])
def test_another_file_beneath_the_mount_point_makes_no_folder_of_what_was_unmounted(known: int) -> None:
    """Nor does it once it is known itself, though each file was first seen at an instant of its own."""
    lost, others = files("/etc/pki", known), files("/srv/many", 200)
    fleet = Fleet().sweep(*[seen(each, KEEP) for each in [*lost, *others]]).wait(HOUR)
    assert snakeoil(fleet, lost, *others) == [{"file:///etc/pki"}] * 5
    assert snakeoil(holding(*lost), lost) == [{"file:///etc/pki"}] * 5


def test_files_seen_at_instants_of_their_own_are_lost_together() -> None:
    """The first sweep takes its time, and the mount is gone in the second."""
    lost = files("/etc/pki", 3)
    at = [START + n * MINUTE for n in range(3)]
    first = [seen(each, KEEP, at=instant) for each, instant in zip(lost, at, strict=True)]
    begun = Sweep("disk", START, START + 5 * MINUTE, tuple(first), (), ())
    fleet = Fleet()
    fleet.inventory, _ = remember(fleet.inventory, begun, ())
    assert snakeoil(fleet.wait(HOUR), lost) == [{"file:///etc/pki"}] * 5


def test_what_turns_up_and_goes_beneath_the_mount_point_changes_nothing() -> None:
    """The files that were unmounted stay lost together."""
    lost = files("/etc/pki", 2)
    fleet = holding(*lost)
    snakeoil(fleet, lost)
    gone = [absent(each) for each in [*lost, store("/etc/pki/snakeoil.pem")]]
    fleet.sweep(*map(absent, lost), seen(store("/etc/pki/snakeoil.pem"), OLD), seen(store("/etc/pki/x.pem"), KEEP))
    assert suspects(fleet.wait(HOUR), *gone, seen(store("/etc/pki/x.pem"), KEEP)) == {"file:///etc/pki"}


def test_new_files_beneath_the_mount_point_do_not_thin_out_what_was_lost() -> None:
    """Three of ten are a fifth too many, whatever else turned up with them."""
    where, more = files("/etc/pki", 10), files("/etc/pki/new", 50)
    fleet = holding(*where)
    items: list[Item] = [*map(absent, where[:3]), *[seen(each, KEEP) for each in [*where[3:], *more]]]
    assert suspects(fleet.sweep(*items).wait(HOUR), *items) == {"file:///etc/pki"}


def test_files_renamed_one_after_the_other_empty_nothing() -> None:
    """Each time something that was there before is left, or one took the place of one."""
    first, second, third = (store(f"/etc/pki/{name}.pem") for name in ("a", "b", "c"))
    fleet = holding(first)
    assert suspects(fleet, absent(first), seen(second, KEEP)) == frozenset()
    fleet.sweep(absent(first), seen(second, KEEP)).wait(HOUR)
    assert suspects(fleet, absent(first), absent(second), seen(third, KEEP)) == frozenset()


def test_what_was_copied_before_it_was_deleted_is_believed() -> None:
    """The new names were known before the old ones went."""
    old, new = files("/etc/pki", 2), files("/etc/pki/new", 2)
    fleet = holding(*old).sweep(*[seen(each, KEEP) for each in [*old, *new]]).wait(HOUR)
    assert suspects(fleet, *map(absent, old), *[seen(each, KEEP) for each in new]) == frozenset()


def test_what_was_retired_before_is_no_longer_counted() -> None:
    """Nine removed one by one, days apart, are nine decisions; and the tenth empties the folder."""
    where = files("/etc/pki", 10)
    other = files("/srv", 30)
    fleet = holding(*where, *other)
    for last in range(1, 10):
        items = [absent(each) for each in where[:last]] + [seen(each, KEEP) for each in [*where[last:], *other]]
        assert suspects(fleet, *items) == frozenset()
        fleet.proven(*items)
    assert suspects(fleet, *[absent(each) for each in where]) == {"file:///etc/pki"}


def test_leaving_the_configuration_is_never_suspect() -> None:
    """It is the operator's word; only the guard's share applies to it."""
    fleet = holding(*files("/etc/pki", 10))
    gone = [absent(each, kind=AbsenceKind.UNCONFIGURED) for each in files("/etc/pki", 10)]
    assert suspects(fleet, *gone) == frozenset()


def test_places_that_never_held_anything_are_not_counted() -> None:
    """A place that never answered cannot be lost."""
    where = files("/etc/pki", 2)
    fleet = Fleet().sweep(seen(where[0], KEEP), gap(where[1])).wait(HOUR)
    assert suspects(fleet, absent(where[0])) == {"file:///etc/pki"}
    assert suspects(fleet, absent(where[1]), seen(where[0], KEEP)) == frozenset()


@pytest.mark.parametrize(("known", "gone", "suspect"), [(1, 1, True), (2, 1, False), (2, 2, True), (6, 2, True)])
def test_a_namespace_that_serves_nothing_any_more_is_emptied(known: int, gone: int, suspect: bool) -> None:
    """An endpoint does not lie beneath its namespace by its address; nor do the Secrets that are left there help."""
    web = [place(f"{n}.web.test", source="kube", namespace="web") for n in range(known)]
    secrets = [store(f"/web/secret/{n}", source="kube", namespace="web") for n in range(20)]
    others = [place(f"{n}.api.test", source="kube", namespace="api") for n in range(80)]
    fleet = holding(*web, *secrets, *others)
    items: list[Item] = [absent(each, group="k8s://c/web") for each in web[:gone]]
    items += [seen(each, KEEP) for each in [*web[gone:], *secrets, *others]]
    said = suspect_groups(fleet.inventory, sweep_of("kube", items, fleet.now), CloseAfter())
    assert said == ({"k8s://c/web"} if suspect else set())


def emptied() -> tuple[Fleet, Location]:
    """The only file of a folder is gone for a week."""
    where = store("/etc/pki/api.pem")
    return Fleet().sweep(seen(where, OLD)).wait(HOUR).sweeps(7, DAY, absent(where)), where


def test_a_suspect_removal_does_not_settle() -> None:
    """The incident stays, severity climbs, and it says why."""
    fleet, _ = emptied()
    assessment = fleet.assess(OLD)
    assert (assessment.stage, assessment.suspect, assessment.wants_incident) == (Stage.DUE, True, True)
    assert Reason.SUSPECT_REMOVAL in assessment.reasons


def test_a_person_who_approves_is_believed() -> None:
    """With the proof there is."""
    fleet, where = emptied()
    assessment = fleet.assess(OLD, believed=True)
    assert (assessment.stage, assessment.suspect) == (Stage.SETTLED, False)
    assert assessment.findings[0].status is PlaceStatus.RETIRED and where.uri == assessment.findings[0].location.uri


def test_approval_is_no_proof_by_itself() -> None:
    """One look is one look, on whoever's word."""
    where = store("/etc/pki/api.pem")
    fleet = Fleet().sweep(seen(where, OLD)).wait(HOUR).sweep(absent(where))
    assert fleet.assess(OLD, believed=True).stage is Stage.DUE


def test_a_suspect_removal_of_a_ca_keeps_its_incident() -> None:
    """It must not be taken for a CA that nothing hangs on any more."""
    ca, where = authority(), store("/etc/pki/ca.pem")
    fleet = Fleet().sweep(seen(where, ca)).wait(HOUR).sweeps(7, DAY, absent(where))
    assessment = fleet.assess(ca)
    assert assessment.wants_incident and assessment.suspect
    assert Reason.CA_OWN_LOCATION in assessment.reasons


def test_what_was_retired_before_stays_so_when_its_folder_is_emptied() -> None:
    """Later suspicion takes back no proof."""
    where, others = store("/etc/pki/api.pem"), files("/etc/pki", 8)
    kept = [seen(each, KEEP) for each in others]
    fleet = Fleet().sweep(seen(where, OLD), *kept).proven(absent(where), *kept)
    assert fleet.assess(OLD).stage is Stage.SETTLED
    fleet.wait(DAY).sweep(absent(where), *[absent(each) for each in others])
    assert fleet.assess(OLD).stage is Stage.SETTLED
    gone = sweep_of("disk", [absent(where), *map(absent, others)], fleet.now)
    assert suspect_groups(fleet.inventory, gone, CloseAfter()) == {"file:///etc/pki"}


def test_a_removal_that_is_proven_once_suspicion_is_over_counts() -> None:
    """The others are back, this one is not: as much proof as for any removal, from then on."""
    where, others = store("/etc/pki/api.pem"), files("/etc/pki", 8)
    kept = [seen(each, KEEP) for each in others]
    fleet = Fleet().sweep(seen(where, OLD), *kept).proven(absent(where), *[absent(each) for each in others])
    assert fleet.assess(OLD).suspect
    assert fleet.proven(absent(where), *kept).assess(OLD).stage is Stage.SETTLED


def test_a_suspect_removal_in_one_place_freezes_only_what_hangs_on_it() -> None:
    """Proof by a successor elsewhere is no less proof."""
    edge, disk = place(), store("/etc/pki/api.pem")
    fleet = Fleet().sweep(seen(disk, OLD)).sweep(seen(edge, OLD)).wait(HOUR).sweep(absent(disk))
    assert fleet.proven(seen(edge, certificate(ends=400 * DAY))).assess(OLD).stage is Stage.SETTLED
