"""Sweeps of files: each known place comes back as seen, unseen or gone, and only a listed folder proves it gone."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from incidentd.model.inventory import Place
from incidentd.model.location import Location, Role
from incidentd.model.observation import AbsenceKind, GapReason, Sweep
from incidentd.ports import ThreadWorker
from incidentd.sources.files.pattern import file_uri
from incidentd.sources.files.settings import FilesSettings
from incidentd.sources.files.source import FilesSource
from tests.nobody import as_nobody, reachable_folder
from tests.sources.world import NOW, StandingClock, issued, remembered

FIRST, SECOND = issued("a.test"), issued("b.test")


def source(folder: Path, *paths: str, **settings: object) -> FilesSource:
    model = FilesSettings.model_validate({"kind": "files", "paths": paths or (".",), **settings})
    return FilesSource("disk", model, folder, StandingClock(), ThreadWorker())


def location(path: Path) -> Location:
    return Location(file_uri(str(path)), "disk", Role.STORED)


def held(*paths: Path) -> list[Place]:
    """Places where certificates were seen."""
    return [remembered(location(path), "") for path in paths]


def seen(sweep: Sweep) -> dict[str, list[str]]:
    return {one.location.uri: [each.fingerprint for each in one.chain] for one in sweep.observations}


def unseen(sweep: Sweep) -> dict[str, GapReason]:
    return {gap.location.uri: gap.reason for gap in sweep.gaps}


def gone(sweep: Sweep) -> dict[str, tuple[AbsenceKind, str]]:
    return {one.location.uri: (one.kind, one.group) for one in sweep.absences}


async def test_each_file_with_certificates_is_a_place(tmp_path: Path) -> None:
    """In a folder, whatever they are called; other files are no places, and are counted."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "one.pem").write_bytes(FIRST.chain_pem + SECOND.chain_pem)
    (tmp_path / "deep" / "two").write_bytes(SECOND.der)
    (tmp_path / "one.key").write_bytes(FIRST.key_pem)
    (tmp_path / "notes.txt").write_text("none\n")
    disk = source(tmp_path, labels={"env": "prod"})
    sweep = await disk.sweep([])
    assert seen(sweep) == {
        file_uri(str(tmp_path / "one.pem")): [FIRST.fingerprint, SECOND.fingerprint],
        file_uri(str(tmp_path / "deep" / "two")): [SECOND.fingerprint],
    }
    assert (sweep.complete, disk.passed_over) == (True, 2)
    (one, *_) = sweep.observations
    assert (one.member, one.at, one.location.role) == ("", NOW, Role.STORED)
    assert one.location.labels == (("env", "prod"),)


async def test_a_file_deleted_from_a_readable_folder_is_removed(tmp_path: Path) -> None:
    """Its folder is the whole that might have been emptied."""
    (tmp_path / "one.pem").write_bytes(FIRST.chain_pem)
    sweep = await source(tmp_path).sweep(held(tmp_path / "one.pem", tmp_path / "two.pem"))
    assert gone(sweep) == {file_uri(str(tmp_path / "two.pem")): (AbsenceKind.REMOVED, file_uri(str(tmp_path)))}
    assert list(seen(sweep)) == [file_uri(str(tmp_path / "one.pem"))]


@pytest.mark.parametrize("path", [".", "certs", "certs/*.pem", "**/*.pem", "certs/one.pem"])
async def test_a_folder_that_is_gone_removes_nothing(tmp_path: Path, path: str) -> None:
    """Whichever way the place was configured: all that is known beneath is unseen."""
    (tmp_path / "other").mkdir()
    sweep = await source(tmp_path, path, "other").sweep(held(tmp_path / "certs" / "one.pem"))
    assert gone(sweep) == {}
    assert unseen(sweep) == {file_uri(str(tmp_path / "certs" / "one.pem")): GapReason.MISSING_FOLDER}


async def test_a_missing_folder_is_seen_to_be_missing_before_anything_is_known(tmp_path: Path) -> None:
    """A path with a slip in it is a gap of its own; once it is right, nothing remains of that."""
    disk = source(tmp_path, "no/certs")
    blind = await disk.sweep([])
    assert unseen(blind) == {file_uri(str(tmp_path / "no/certs")): GapReason.MISSING_FOLDER}
    assert blind.failure is not None
    known = [Place(blind.gaps[0].location)]
    assert unseen(await disk.sweep(known)) == unseen(blind)
    (tmp_path / "no/certs").mkdir(parents=True)
    seeing = await disk.sweep(known)
    assert (unseen(seeing), seeing.failure) == ({}, None)
    assert gone(seeing) == {file_uri(str(tmp_path / "no/certs")): (AbsenceKind.UNCONFIGURED, "disk")}


async def test_one_missing_path_among_others_is_no_failure_of_the_source(tmp_path: Path) -> None:
    """It is a gap; the rest was looked at."""
    (tmp_path / "one.pem").write_bytes(FIRST.chain_pem)
    sweep = await source(tmp_path, "one.pem", "no/certs").sweep([])
    assert (sweep.failure, sweep.complete, len(sweep.observations)) == (None, False, 1)


async def test_a_file_configured_by_name_is_removed_only_if_it_was_ever_there(tmp_path: Path) -> None:
    """Known and no longer listed: removed. Never known: a gap, so that a slip is seen, also at the next sweep."""
    disk, path = source(tmp_path, "one.pem"), tmp_path / "one.pem"
    assert gone(await disk.sweep(held(path))) == {file_uri(str(path)): (AbsenceKind.REMOVED, file_uri(str(tmp_path)))}
    never = await disk.sweep([])
    assert unseen(never) == {file_uri(str(path)): GapReason.MISSING_FOLDER}
    assert unseen(await disk.sweep([Place(never.gaps[0].location)])) == unseen(never)


async def test_an_emptied_folder_is_told_as_it_is(tmp_path: Path) -> None:
    """All places of one folder are removed together, in one group, so that a guard can tell."""
    sweep = await source(tmp_path).sweep(held(tmp_path / "one.pem", tmp_path / "two.pem"))
    assert set(gone(sweep).values()) == {(AbsenceKind.REMOVED, file_uri(str(tmp_path)))}
    assert len(gone(sweep)) == 2


async def test_what_left_the_configuration_is_told_apart(tmp_path: Path) -> None:
    """Whether it is still on the disk or not."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "one.pem").write_bytes(FIRST.chain_pem)
    (tmp_path / "new").mkdir()
    sweep = await source(tmp_path, "new").sweep(held(tmp_path / "old" / "one.pem"))
    assert gone(sweep) == {file_uri(str(tmp_path / "old" / "one.pem")): (AbsenceKind.UNCONFIGURED, "disk")}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", GapReason.TORN),
        (FIRST.chain_pem[:-40], GapReason.TORN),
        (FIRST.key_pem, GapReason.UNREADABLE),
        (b"rubbish", GapReason.UNREADABLE),
        (b"x" * (10 * 1024 * 1024 + 1), GapReason.TOO_LARGE),
    ],
    ids=["empty", "torn", "only a key", "rubbish", "too large"],
)
async def test_a_known_file_without_its_certificates_is_unseen(
    tmp_path: Path, content: bytes, reason: GapReason
) -> None:
    """What was written over it is no removal."""
    (tmp_path / "one.pem").write_bytes(content)
    sweep = await source(tmp_path).sweep(held(tmp_path / "one.pem"))
    assert (unseen(sweep), gone(sweep)) == ({file_uri(str(tmp_path / "one.pem")): reason}, {})


async def test_a_strange_file_in_a_folder_is_no_gap_but_a_torn_certificate_is(tmp_path: Path) -> None:
    """Huge and empty files that never held a certificate are passed over; half a certificate is not."""
    (tmp_path / "huge").write_bytes(b"0" * (10 * 1024 * 1024 + 1))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "torn.pem").write_bytes(FIRST.chain_pem[:-40])
    disk = source(tmp_path)
    sweep = await disk.sweep([])
    assert (unseen(sweep), disk.passed_over) == ({file_uri(str(tmp_path / "torn.pem")): GapReason.TORN}, 2)


async def test_a_torn_write_that_turned_out_to_be_nothing_is_over(tmp_path: Path) -> None:
    """A place that was only ever a gap goes away when what it was about does."""
    (tmp_path / "one").write_bytes(b"a text\n")
    (tmp_path / "named").write_bytes(b"a text\n")
    known = [Place(location(tmp_path / "one")), Place(location(tmp_path / "named"))]
    sweep = await source(tmp_path, ".", "named").sweep(known)
    assert gone(sweep) == {file_uri(str(tmp_path / "one")): (AbsenceKind.UNCONFIGURED, "disk")}
    assert unseen(sweep) == {file_uri(str(tmp_path / "named")): GapReason.UNREADABLE}


async def test_a_place_that_is_a_folder_or_a_pipe_now_is_unseen(tmp_path: Path) -> None:
    """Its name is still there, so it was not removed; a pipe does not hold up the sweep."""
    (tmp_path / "one.pem").mkdir()
    os.mkfifo(tmp_path / "two.pem")
    (tmp_path / "three.pem").symlink_to("nothing")
    sweep = await source(tmp_path).sweep(held(*(tmp_path / f"{name}.pem" for name in ("one", "two", "three"))))
    assert set(unseen(sweep).values()) == {GapReason.NOT_LOOKED_AT}
    assert (len(unseen(sweep)), gone(sweep)) == (3, {})


async def test_a_swapped_volume_shows_the_new_certificate_at_the_same_place(tmp_path: Path) -> None:
    """As a mounted secret is updated: a new generation, one link swapped, the old generation deleted."""
    for generation, certificate in (("..1", FIRST), ("..2", SECOND)):
        (tmp_path / generation).mkdir()
        (tmp_path / generation / "tls.crt").write_bytes(certificate.chain_pem)
    (tmp_path / "tls.crt").symlink_to("..data/tls.crt")
    (tmp_path / "..data").symlink_to("..1")
    disk = source(tmp_path)
    before = await disk.sweep([])
    (tmp_path / "..data_tmp").symlink_to("..2")
    (tmp_path / "..data_tmp").rename(tmp_path / "..data")
    shutil.rmtree(tmp_path / "..1")
    after = await disk.sweep(held(tmp_path / "tls.crt"))
    uri = file_uri(str(tmp_path / "tls.crt"))
    assert (seen(before), seen(after)) == ({uri: [FIRST.fingerprint]}, {uri: [SECOND.fingerprint]})
    assert after.complete


async def test_a_file_that_several_paths_mean_is_seen_once(tmp_path: Path) -> None:
    """And its role is what the configuration says."""
    (tmp_path / "one.pem").write_bytes(FIRST.chain_pem)
    sweep = await source(tmp_path, ".", "*.pem", "one.pem", role="served").sweep([])
    assert [one.location.role for one in sweep.observations] == [Role.SERVED]


async def test_progress_reaches_the_number_of_files(tmp_path: Path) -> None:
    """In steps of a batch."""
    for number in range(300):
        (tmp_path / f"{number}.pem").write_bytes(FIRST.chain_pem)
    told: list[tuple[int, int]] = []
    sweep = await source(tmp_path).sweep([], lambda done, total: told.append((done, total)))
    assert (told, len(sweep.observations)) == ([(256, 300), (300, 300)], 300)


async def test_what_may_not_be_read_is_unseen(open_folder: Path) -> None:
    """A closed folder, and a closed file, known or not; only keys may be closed without a word."""
    closed, folder = open_folder / "closed", open_folder / "sub"
    closed.mkdir()
    folder.mkdir()
    for path in (
        closed / "in.pem",
        folder / "known.pem",
        folder / "new.pem",
        folder / "site.key",
        folder / "privkey.pem",
    ):
        path.write_bytes(FIRST.chain_pem)
        path.chmod(0)
    closed.chmod(0)
    disk = source(open_folder)
    with as_nobody():
        sweep = await disk.sweep(held(closed / "in.pem", folder / "known.pem"))
    closed.chmod(0o700)
    expected = {file_uri(str(path)) for path in (closed / "in.pem", folder / "known.pem", folder / "new.pem")}
    assert unseen(sweep) == dict.fromkeys(expected, GapReason.PERMISSION)
    assert (gone(sweep), disk.passed_over) == ({}, 2)


async def test_a_closed_folder_of_which_nothing_is_known_is_a_gap_of_its_own(open_folder: Path) -> None:
    """So that nobody believes it was looked at."""
    closed = open_folder / "closed"
    closed.mkdir(mode=0)
    with as_nobody():
        sweep = await source(open_folder).sweep([])
    assert unseen(sweep) == {file_uri(str(closed)): GapReason.PERMISSION}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user reaches."""
    with reachable_folder() as folder:
        yield folder
