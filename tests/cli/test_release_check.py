"""`release check` as a build calls it: a real repository, the state or a hub, and what its exit code says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.artefacts.repository import Repo, new_repository
from tests.artefacts.world import tar_of
from tests.cli.site import Said, Site, told

NAME = "api.example.test"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """One certificate that is served, as far as the disk says so."""
    fresh = Site(tmp_path, {})
    fresh.configure(
        state={"url": f"sqlite:///{fresh.folder}/state/incidentd.db"},
        sources={"pki": {"kind": "files", "labels": {"env": "prod"}, "paths": ["pki"], "role": "served"}},
        trackers={"queue": {"kind": "local"}},
    )
    fresh.certificate("api.pem", 50, NAME)
    return fresh


@pytest.fixture
def repo(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with the certificate that is served, which is also where the commands run."""
    fresh = new_repository(tmp_path / "repo", {"certs/api.pem": (site.folder / "pki" / "api.pem").read_bytes()})
    monkeypatch.chdir(fresh.folder)
    return fresh


def checked(site: Site, *arguments: str) -> Said:
    return told(site, "release", "check", *arguments)


def renewed(site: Site, repo: Repo) -> None:
    """The renewal is committed, with its key beside it."""
    issued = site.issue(400, NAME)
    repo.commit({"certs/api.pem": issued.certificate_pem + issued.key_pem})


def test_a_build_that_changes_no_certificate_passes_without_any_configuration(repo: Repo, tmp_path: Path) -> None:
    """A runner needs none as long as there is nothing to ask."""
    repo.commit({"main.py": b"print(2)\n"})
    nowhere = Site(tmp_path / "none", {})
    said = checked(nowhere, "--git", "base..HEAD")
    assert (said.code, said.out) == (0, ""), said.err


def test_a_renewal_fails_the_build_until_a_release_says_so(site: Site, repo: Repo) -> None:
    """The line that it prints is the line to add; abandoned, the release says nothing any more."""
    renewed(site, repo)
    refused = checked(site, "--git", "base..HEAD", "--id", "2026.12", "--service", "shop")
    assert refused.code == 1
    assert refused.out.startswith(f"changed: certs/api.pem: {NAME} changes: it expires ")
    assert "PRIVATE" not in refused.out + refused.err
    line = refused.err.splitlines()[-1].removeprefix("incidentd:").strip()
    assert line == "incidentd release announce --id 2026.12 --service shop --git base..HEAD"
    assert told(site, *line.split()[1:]).code == 0
    allowed = checked(site, "--git", "base..HEAD")
    assert (allowed.code, "release 2026.12 says so" in allowed.out) == (0, True)
    assert checked(site, "--git", "base..HEAD", "--id", "another").code == 1
    assert told(site, "release", "abandoned", "--id", "2026.12").code == 0
    assert checked(site, "--git", "base..HEAD").code == 1


def test_what_is_served_already_is_no_change(site: Site, repo: Repo) -> None:
    """An image that carries the certificate of today is built every day; one with another is stopped."""
    assert told(site, "run", "--once").code == 0
    artefact = repo.folder / "build.tar"
    artefact.write_bytes(tar_of({"api.pem": (repo.folder / "certs" / "api.pem").read_bytes()}))
    said = checked(site, "--artifact", "build.tar")
    assert (said.code, "it is served already" in said.out) == (0, True)
    artefact.write_bytes(tar_of({"api.pem": site.issue(400, NAME).certificate_pem}))
    assert checked(site, "--artifact", "build.tar").code == 1


def test_a_removal_has_to_be_said_too(site: Site, repo: Repo) -> None:
    """It may be what breaks the service."""
    repo.commit({"certs/api.pem": None})
    assert checked(site, "--git", "base..HEAD").code == 1
    assert told(site, "release", "announce", "--id", "R", "--git", "base..HEAD").code == 0
    assert checked(site, "--git", "base..HEAD").code == 0


def test_what_cannot_be_read_fails_the_build_until_it_is_named(site: Site, repo: Repo) -> None:
    """Nobody knows what a keystore holds; who says that it is none of this passes."""
    repo.commit({"test/store.jks": b"\xfe\xed\xfe\xed" + b"\0" * 20})
    said = checked(site, "--git", "base..HEAD")
    assert (said.code, said.out.startswith("not read: test/store.jks: a Java keystore")) == (1, True)
    assert "--ignore" in said.err
    assert checked(site, "--git", "base..HEAD", "--ignore", "test/*").code == 0


def test_the_same_as_a_document_and_as_annotations(site: Site, repo: Repo) -> None:
    """For scripts, and for the page of a pull request."""
    renewed(site, repo)
    document = checked(site, "--git", "base..HEAD", "--json").document
    assert (document["schema_version"], document["passes"]) == (1, False)
    assert [(one["act"], one["places"]) for one in document["certificates"]] == [("changed", ["certs/api.pem"])]
    annotated = checked(site, "--git", "base..HEAD", "-o", "github").out
    assert annotated.startswith("::error file=certs/api.pem,title=certificate not announced::")
    assert checked(site, "--git", "base..HEAD", "-o", "json").document == document


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing to look at"),
        (("--artifact", "nowhere.tar"), "no such file"),
        (("--git", "base"), "no range of commits"),
        (("--git", "nowhere..HEAD"), "fetch-depth: 0"),
        (("--git", "base..HEAD", "--hub", "ftp://hub.test"), "no address of a hub"),
        (("--git", "base..HEAD", "--hub", "http://hub.test"), "no address of a hub"),
        (("--git", "base..HEAD", "--hub", "https://me:secret@hub.test"), "no address of a hub"),
        (("--git", "base..HEAD", "--hub", "https://hub.test", "--token-file", "nowhere"), "secret file cannot be read"),
    ],
)
def test_what_cannot_be_meant_so_is_wrong_usage(site: Site, repo: Repo, arguments: tuple[str, ...], words: str) -> None:
    """Exit 2: neither clean nor a finding."""
    renewed(site, repo)
    said = checked(site, *arguments)
    assert (said.code, words in said.err, "secret@" in said.err) == (2, True, False), said.err
    assert json.loads(site.path.read_text())["sources"]


def test_who_could_not_look_says_nothing_of_the_build(site: Site, repo: Repo) -> None:
    """Exit 2 where the hub is away or the state is torn: 1 would blame the build. What announces still fails with 1."""
    renewed(site, repo)
    hub = ("--hub", "http://127.0.0.1:1")
    away = checked(site, "--git", "base..HEAD", *hub)
    assert (away.code, "could not connect" in away.err, away.out) == (2, True, ""), away.err
    assert "hint: does the daemon run" in away.err
    assert told(site, "release", "announce", "--id", "R", "--git", "base..HEAD", *hub).code == 1
    (site.folder / "state").mkdir(mode=0o700)
    (site.folder / "state" / "incidentd.db").write_bytes(b"no database" * 100)
    torn = checked(site, "--git", "base..HEAD")
    assert (torn.code, torn.out) == (2, ""), torn.err
