"""Configured paths mean the files that a shell would find, and cover exactly what a walk reads."""

import glob
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidentd.model.observation import GapReason
from incidentd.sources.files.expand import expand
from incidentd.sources.files.pattern import file_uri, parse_pattern, path_of

TREE = (
    "a.pem", "b.crt", ".hidden.pem", "x/a.pem", "x/b.crt", "x/y/a.pem", "x/y/c.pem", "x/.git/a.pem", "x.d/a.pem",
    "z/y/a.pem", "z/[1].pem", "z/1.pem",
)  # fmt: skip  # a list, read in rows
SEGMENTS = st.sampled_from(["*", "**", "x", "y", "z", "*.pem", "a.*", "?", "x*", "[xz]", ".*", "[1].pem", "a.pem"])


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for name in TREE:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    return root


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(segments=st.lists(SEGMENTS, min_size=1, max_size=4))
def test_a_glob_means_what_the_standard_library_finds(tree: Path, segments: list[str]) -> None:
    """The same files, and everything beneath the folders that match."""
    pattern = os.path.join(*segments)
    written = glob.glob(str(tree / pattern), recursive=True)
    # The standard library also gives `a.pem/` for `a.pem/**`, though nothing is beneath a file.
    matches = [os.path.abspath(match) for match in written if os.path.isdir(match) or not match.endswith(os.sep)]
    expected = {match for match in matches if os.path.isfile(match)}
    for folder in (match for match in matches if os.path.isdir(match)):
        expected |= {os.path.join(at, name) for at, _, names in os.walk(folder) for name in names}
    assert set(expand(pattern, str(tree)).files) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(segments=st.lists(SEGMENTS, min_size=1, max_size=4))
def test_a_path_covers_exactly_what_it_finds(tree: Path, segments: list[str]) -> None:
    """So that what is no longer found is told apart from what is no longer configured."""
    pattern = os.path.join(*segments)
    found = expand(pattern, str(tree)).files
    covering = parse_pattern(pattern, str(tree))
    assert {name for name in TREE if covering.covers(str(tree / name))} == {
        os.path.relpath(path, tree) for path in found
    }


@given(st.binary(min_size=1, max_size=30).filter(lambda name: b"\0" not in name and b"/" not in name))
def test_any_file_name_has_an_address_and_comes_back(name: bytes) -> None:
    """Names are bytes; addresses are ASCII."""
    path = os.fsdecode(b"/etc/" + name)
    uri = file_uri(path)
    assert uri.isascii()
    assert uri.startswith("file:///etc/")
    assert path_of(uri) == path


def test_relative_paths_begin_where_they_are_told_to(tree: Path) -> None:
    """At the folder of the configuration file; absolute ones stay."""
    assert list(expand("x/../a.pem", str(tree)).files) == [str(tree / "a.pem")]
    assert list(expand(str(tree / "b.crt"), "/nowhere").files) == [str(tree / "b.crt")]


def test_a_folder_means_everything_beneath_it_but_private_generations(tmp_path: Path) -> None:
    """What a mounted volume hides behind names with two dots is found through the links beside them, once."""
    generation = tmp_path / "..2026_05_01"
    generation.mkdir()
    (generation / "tls.crt").write_text("x")
    (tmp_path / "..data").symlink_to(generation.name)
    (tmp_path / "tls.crt").symlink_to("..data/tls.crt")
    assert list(expand(str(tmp_path)).files) == [str(tmp_path / "tls.crt")]
    assert list(expand(str(tmp_path / "..data")).files) == [str(tmp_path / "..data/tls.crt")]


def test_loops_of_links_end(tmp_path: Path) -> None:
    """A folder that leads to itself is entered once on each way, and a file is found under each name."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.pem").write_text("x")
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "self.pem").symlink_to("self.pem")
    found = sorted(os.path.relpath(path, tmp_path) for path in expand(str(tmp_path)).files)
    assert [name for name in found if name != "self.pem"] == ["a/one.pem", "b/one.pem"]


def test_only_what_may_be_a_file_is_read(tmp_path: Path) -> None:
    """Pipes, devices and links to nothing are no files."""
    os.mkfifo(tmp_path / "pipe.pem")
    (tmp_path / "null.pem").symlink_to("/dev/null")
    (tmp_path / "dangling.pem").symlink_to("nothing")
    expansion = expand(str(tmp_path))
    assert (expansion.files, expansion.failed) == ({}, {})
    assert expansion.folders == {str(tmp_path): frozenset({"pipe.pem", "null.pem", "dangling.pem"})}


def test_what_is_not_there_is_missing_only_where_that_can_be_seen(tmp_path: Path) -> None:
    """A name that a listed folder does not hold is missing; beneath a missing folder nothing is known."""
    assert expand("one.pem", str(tmp_path)).missing == {str(tmp_path / "one.pem")}
    unseen = expand("no/one.pem", str(tmp_path))
    assert (unseen.missing, list(unseen.failed)) == (set(), [str(tmp_path / "no/one.pem")])
    assert expand("no/*.pem", str(tmp_path)).failed[str(tmp_path / "no")].reason is GapReason.MISSING_FOLDER


def test_a_tree_without_end_is_cut_and_said(tmp_path: Path) -> None:
    """Seventy folders in each other are more than anybody keeps certificates in."""
    (tmp_path / "/".join(["d"] * 70)).mkdir(parents=True)
    (trouble,) = expand(str(tmp_path)).failed.values()
    assert trouble.reason is GapReason.TOO_LARGE
