"""A range of commits in a real repository: what it adds, changes and removes, whatever its refs and settings are."""

import os
from pathlib import Path

import pytest

from incidentd.artefacts.caps import Caps
from incidentd.artefacts.scanned import Changed, InBuild, Scanned, UnreadReason
from incidentd.errors import UsageError
from tests.artefacts.repository import Repo, new_repository
from tests.artefacts.world import BLOB, KEY, NEW_BLOB, QUEUE, ROOTS, TABLE, Sample, reasons, sample, tar_of


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """One commit, tagged `base`."""
    files = {"certs/blob.pem": BLOB.pem, "certs/queue.pem": QUEUE.pem, "main.py": b"print(1)\n"}
    return new_repository(tmp_path / "repo", files)


def names(held: tuple[InBuild, ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.certificate.fingerprint, one.places) for one in held]


def only_change(result: Scanned) -> Changed:
    assert (result.added, result.removed, len(result.changed)) == ((), (), 1)
    return result.changed[0]


def test_a_renewal_in_the_same_file_is_a_change(repo: Repo) -> None:
    """The old one and the new one, and the file that both stand in."""
    repo.commit({"certs/blob.pem": NEW_BLOB.pem + KEY})
    result = repo.scan("base..HEAD")
    change = only_change(result)
    assert (change.old.certificate, change.new.certificate) == (BLOB.certificate, NEW_BLOB.certificate)
    assert change.new.places == ("certs/blob.pem",)
    assert "PRIVATE" not in repr(result)


def test_what_is_added_and_what_is_removed(repo: Repo) -> None:
    """Each with its file; other files are nothing."""
    repo.commit({"certs/table.der": TABLE.der, "certs/queue.pem": None, "main.py": b"print(2)\n"})
    result = repo.scan("base..")
    assert names(result.added) == [(TABLE.fingerprint, ("certs/table.der",))]
    assert names(result.removed) == [(QUEUE.fingerprint, ("certs/queue.pem",))]
    assert (result.changed, result.unread) == ((), ())


def test_a_file_that_is_moved_changes_nothing(repo: Repo) -> None:
    """Nor one whose lines end otherwise, nor one that is packed."""
    repo.commit(
        {
            "certs/blob.pem": None,
            "elsewhere/b.crt": BLOB.pem.replace(b"\n", b"\r\n"),
            "certs/queue.pem": None,
            "certs.tar": tar_of({"queue.pem": QUEUE.pem}),
        }
    )
    assert repo.scan("base..HEAD") == Scanned()


@pytest.mark.parametrize("commits", ["base..base", "HEAD..HEAD", "..", "base...HEAD"])
def test_a_range_without_a_commit_gives_nothing(repo: Repo, commits: str) -> None:
    """Base equal to head: whatever is in it."""
    repo.commit({"certs/table.pem": TABLE.pem})
    repo.git("tag", "-f", "base")
    assert repo.scan(commits) == Scanned()


def test_a_change_that_is_taken_back_is_none(repo: Repo) -> None:
    """What counts are the two ends."""
    repo.commit({"certs/blob.pem": NEW_BLOB.pem})
    repo.commit({"certs/blob.pem": BLOB.pem})
    assert repo.scan("base..HEAD") == Scanned()


def test_three_dots_begin_where_the_branches_parted(repo: Repo) -> None:
    """What the other branch did since is none of this one's doing; with two dots it is taken back."""
    repo.git("checkout", "-q", "-b", "work")
    repo.commit({"certs/table.pem": TABLE.pem})
    repo.git("checkout", "-q", "main")
    repo.commit({"certs/blob.pem": NEW_BLOB.pem})
    assert names(repo.scan("main...work").added) == [(TABLE.fingerprint, ("certs/table.pem",))]
    assert not repo.scan("main...work").changed
    assert [one.new.certificate.fingerprint for one in repo.scan("main..work").changed] == [BLOB.fingerprint]


JOINED: list[tuple[str, dict[str, Sample], dict[str, Sample], int]] = [
    ("elsewhere, all names covered", {"a": BLOB}, {"b": NEW_BLOB}, 1),
    ("elsewhere, by a wildcard", {"a": sample("x.blob.test")}, {"b": sample("*.blob.test", 5)}, 1),
    ("elsewhere, another name", {"a": BLOB}, {"b": TABLE}, 0),
    ("same file, another name", {"a": BLOB}, {"a": TABLE}, 0),
    ("a step back", {"a": NEW_BLOB}, {"a": BLOB}, 1),
    ("a root by itself", {"a": ROOTS[0]}, {"a": sample("Root 1", 99, is_ca=True, is_root=True)}, 1),
]


@pytest.mark.parametrize(("old", "new", "changes"), [case[1:] for case in JOINED], ids=[case[0] for case in JOINED])
def test_what_takes_the_place_of_what(repo: Repo, old: dict[str, Sample], new: dict[str, Sample], changes: int) -> None:
    """A change joins two; all else is added and removed."""
    repo.commit({"certs/blob.pem": None, "certs/queue.pem": None, **{name: one.pem for name, one in old.items()}})
    repo.git("tag", "-f", "base")
    repo.commit({**dict.fromkeys(old.keys() - new.keys()), **{name: one.pem for name, one in new.items()}})
    result = repo.scan("base..HEAD")
    assert len(result.changed) == changes
    assert len(result.added) == len(result.removed) == 1 - changes


def test_the_same_file_comes_before_another(repo: Repo) -> None:
    """Two new ones for the old names: the one in its file took its place, whichever ends later."""
    later = sample("blob.test", serial=7, days=700)
    repo.commit({"certs/blob.pem": NEW_BLOB.pem, "a.pem": later.pem})
    result = repo.scan("base..HEAD")
    assert [one.new.certificate.fingerprint for one in result.changed] == [NEW_BLOB.fingerprint]
    assert names(result.added) == [(later.fingerprint, ("a.pem",))]


def test_what_could_not_be_read_on_either_side_is_said(repo: Repo) -> None:
    """A file that is damaged now, and one of which nobody knows what it held before."""
    repo.commit({"torn.pem": BLOB.pem[:-40], "both.pem": BLOB.pem[:-40]})
    repo.git("tag", "-f", "base")
    repo.commit({"torn.pem": None, "both.pem": QUEUE.pem[:-40], "new.p12": b"\xfe\xed\xfe\xed" + b"\0" * 20})
    result = repo.scan("base..HEAD")
    assert [(one.place, one.reason) for one in result.unread] == [
        ("both.pem", UnreadReason.TORN),
        ("new.p12", UnreadReason.KEYSTORE),
        ("torn.pem", UnreadReason.TORN),
    ]
    assert result.unread[2].text.startswith("as it was before: ")


def test_links_and_submodules_are_names(repo: Repo) -> None:
    """A link is not followed, and another repository's commits are said, and not looked into."""
    (repo.folder / "link.pem").symlink_to("certs/blob.pem")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendored")
    repo.git("commit", "-q", "-m", "submodule")
    repo.git("add", "link.pem")
    repo.git("commit", "-q", "-m", "link")
    result = repo.scan("base..HEAD")
    assert (result.added, [one.place for one in result.unopened]) == ((), ["vendored"])


@pytest.mark.parametrize(
    "commits",
    [
        "",
        "HEAD",
        "--output=/tmp/x..HEAD",
        "-h..-h",
        "nowhere..HEAD",
        "base..$(touch pwned)",
        "base..;touch pwned",
        "base..HEAD --output=pwned",
        "base..HEAD:main.py",
        "base..HEAD\n",
        "base..\0",
    ],
)
def test_what_is_no_range_is_wrong_usage_and_does_nothing(repo: Repo, commits: str) -> None:
    """Whatever it tries."""
    before = sorted(os.listdir(repo.folder))
    with pytest.raises(UsageError):
        repo.scan(commits)
    assert sorted(os.listdir(repo.folder)) == before


def test_hostile_names_of_refs_and_files_are_names(repo: Repo) -> None:
    """A branch called like a command, a file called like an option: both are found."""
    repo.git("checkout", "-q", "-b", "$(touch${IFS}pwned);`id`")
    repo.commit({"--output=pwned\n.pem": TABLE.pem, ":(exclude)x": NEW_BLOB.pem, "ünïcode.pem": sample("u.test").pem})
    result = repo.scan("base..$(touch${IFS}pwned);`id`")
    assert {place for one in result.added for place in one.places} == {
        "--output=pwned\n.pem",
        ":(exclude)x",
        "ünïcode.pem",
    }
    assert not (repo.folder / "pwned").exists()


def test_nothing_that_a_repository_configures_is_run(repo: Repo) -> None:
    """Neither its hooks, filters and drivers, nor a pager or a watcher."""
    trap = repo.folder.parent / "sprung"
    command = f"touch {trap}; cat"
    for key in ("diff.trap.textconv", "diff.trap.command", "filter.trap.smudge", "core.pager", "core.fsmonitor"):
        repo.git("config", key, command)
    repo.commit({".gitattributes": b"*.pem diff=trap filter=trap\n", "certs/table.pem": TABLE.pem})
    trap.unlink(missing_ok=True)
    assert len(repo.scan("base..HEAD").added) == 1
    assert not trap.exists()


def test_a_clone_that_is_not_whole_is_said(repo: Repo, tmp_path: Path) -> None:
    """A commit that is missing is wrong usage, with the way out; content that is missing is unread, and not fetched."""
    repo.commit({"certs/table.pem": TABLE.pem})
    repo.git("config", "uploadpack.allowFilter", "true")
    url = f"file://{repo.folder}"
    repo.git("clone", "-q", "--depth=1", url, str(tmp_path / "shallow"))
    with pytest.raises(UsageError) as refused:
        Repo(tmp_path / "shallow").scan("HEAD~1..HEAD")
    assert "fetch-depth: 0" in refused.value.hint
    repo.git("clone", "-q", "--no-checkout", "--filter=blob:none", url, str(tmp_path / "partial"))
    assert reasons(Repo(tmp_path / "partial").scan("HEAD~1..HEAD")) == [UnreadReason.NOT_ACCESSIBLE]


def test_a_folder_without_a_repository_is_wrong_usage(tmp_path: Path) -> None:
    """Git says so, and it is passed on."""
    with pytest.raises(UsageError, match="not a git repository"):
        Repo(tmp_path).scan("HEAD~1..HEAD")


def test_a_range_has_caps(repo: Repo) -> None:
    """More that differs than may be looked at ends with a word."""
    repo.commit({f"{n}.txt": b"x" for n in range(20)})
    assert reasons(repo.scan("base..HEAD", caps=Caps(members=10))) == [UnreadReason.TOO_MUCH]


def test_trees_that_list_without_end_are_said(repo: Repo) -> None:
    """Ten trees, each ten times in the next, are ten milliards of files: what they list is not waited for."""
    kind, held = "100644 blob", repo.git("rev-parse", "base:certs/blob.pem")
    for _ in range(10):
        listing = "".join(f"{kind} {held}\t{n}\n" for n in range(10))
        kind, held = "040000 tree", repo.git("mktree", said=listing)
    bomb = repo.git("commit-tree", held, "-p", "base", "-m", "bomb")
    assert reasons(repo.scan(f"base..{bomb}", caps=Caps(members=100))) == [UnreadReason.TOO_MUCH]


def test_a_path_without_end_is_said(repo: Repo) -> None:
    """A tree may hold a name of any length, which no disk could."""
    blob = repo.git("rev-parse", "base:certs/blob.pem")
    tree = repo.git("mktree", said=f"100644 blob {blob}\t{'x' * 5000}\n")
    long = repo.git("commit-tree", tree, "-p", "base", "-m", "long")
    assert reasons(repo.scan(f"base..{long}")) == [UnreadReason.TOO_MUCH]


def test_a_name_that_stands_twice_in_a_tree_hides_nothing(repo: Repo) -> None:
    """Git itself writes no such tree; nobody knows which of the two a checkout would give."""
    blob, other = (repo.git("rev-parse", f"base:certs/{name}.pem") for name in ("blob", "queue"))
    tree = repo.git("mktree", said=f"100644 blob {blob}\tx.pem\n100644 blob {other}\tx.pem\n")
    twice = repo.git("commit-tree", tree, "-p", "base", "-m", "twice")
    assert reasons(repo.scan(f"base..{twice}")) == [UnreadReason.DAMAGED]


def test_a_folder_that_takes_the_place_of_a_file_is_looked_into(repo: Repo) -> None:
    """And the file is gone; of a folder that did not change nothing is read."""
    repo.commit({"certs/queue.pem": None})
    repo.commit({"certs/queue.pem/table.pem": TABLE.pem, "src/deep/er/none.txt": b""})
    result = repo.scan("base..HEAD")
    assert names(result.added) == [(TABLE.fingerprint, ("certs/queue.pem/table.pem",))]
    assert names(result.removed) == [(QUEUE.fingerprint, ("certs/queue.pem",))]


def test_an_artefact_and_a_range_are_one_build(repo: Repo) -> None:
    """What is in both is said once, as the range says it; what only the artefact carries is added."""
    repo.commit({"certs/blob.pem": NEW_BLOB.pem})
    artefact = repo.folder.parent / "build.tar"
    artefact.write_bytes(tar_of({"blob.pem": NEW_BLOB.pem, "table.pem": TABLE.pem}))
    result = repo.scan("base..HEAD", str(artefact))
    assert [one.new.certificate for one in result.changed] == [NEW_BLOB.certificate]
    assert names(result.added) == [(TABLE.fingerprint, (f"{artefact}!/table.pem",))]
    assert result.carried.brings == (TABLE.certificate, NEW_BLOB.certificate)
