"""`scan --push` and `doctor --push`, against a daemon of its own process: what they say, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from incidentd.cli.main import run
from tests.cli.process import Daemon, configure, lay_out, running

TOKEN = "f3b8c1d2e4a5968778695a4b3c2d1e0f"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with one pushed source."""
    folder = tmp_path_factory.mktemp("hub")
    (folder / "token").write_text(TOKEN)
    pushed = {"kind": "pushed", "token_file": str(folder / "token"), "labels": {"env": "prod"}, "interval": "1h"}
    with running(configure(folder, sources={"branch": pushed})) as daemon:
        yield daemon


@pytest.fixture
def there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """One command on the other machine, whose configuration is what was written last: code, stdout, stderr."""
    lay_out(tmp_path, api_example_test=40)
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "wrong").write_text("another token altogether\n")
    path = tmp_path / "incidentd.yaml"

    def command(*arguments: str, sources: Any = None) -> tuple[int, str, str]:
        path.write_text(json.dumps({"sources": {"disk": {"kind": "files", "paths": ["certs"], "role": "served"}}}))
        if sources is not None:
            path.write_text(json.dumps({"instance": "there", "sources": sources}))
        code = run(["--config", str(path), *(one.replace("FOLDER", str(tmp_path)) for one in arguments)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err and TOKEN not in said.out + said.err
        return code, said.out, said.err

    return command


def test_what_is_pushed_is_shown_by_the_hub(hub: Daemon, there: Command) -> None:
    """In words, and as JSON; the second time no certificate is sent. Nobody is told that no tracker is configured."""
    code, out, err = there("scan", "--push", hub.url, "--token-file", "FOLDER/token")
    assert (code, err) == (0, "")
    assert out.startswith("Pushed as branch, sweep ") and "1 of 1 place seen, 1 new certificate." in out
    code, out, _ = there("scan", "--push", f"{hub.url}/", "--token-file", "FOLDER/token", "--json")
    document = json.loads(out)
    assert (code, document["seen"], document["certificates_sent"], document["problems"]) == (0, 1, 0, [])
    hub.until(lambda: "api.example.test" in hub.get("/api/v1/certificates").text)
    assert hub.get("/api/v1/health").json()["sources"][0]["pushed_at"] is not None


def test_the_token_may_stand_in_the_environment(hub: Daemon, there: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """As orchestrators give it; it is no unknown setting."""
    monkeypatch.setenv("INCIDENTD_PUSH_TOKEN", TOKEN)
    code, _, err = there("scan", "--push", hub.url)
    assert (code, err) == (0, "")


def test_a_source_that_failed_whole_is_pushed_as_such(hub: Daemon, there: Command) -> None:
    """Exit 1, and the hub says the same; an endpoint that is away is a gap, and no failure."""
    gone = {"edge": {"kind": "tls", "targets": ["127.0.0.1:1"], "targets_file": "nowhere.txt"}}
    code, out, err = there("scan", "--push", hub.url, "--token-file", "FOLDER/token", sources=gone)
    assert (code == 1 and "1 unseen" in out) or "unseen" in out
    assert "a source failed: edge:" in err
    failure = hub.get("/api/v1/health").json()["sources"][0]["failure"]
    assert failure.startswith("its pusher says: edge:")
    away = {"edge": {"kind": "tls", "targets": ["127.0.0.1:1"]}}
    code, _, err = there("scan", "--push", hub.url, "--token-file", "FOLDER/token", sources=away)
    assert code == 0
    assert "incidentd: 1 place could not be seen:\n  tls://127.0.0.1:1" in err and ": refused: " in err


@pytest.mark.parametrize(
    ("url", "token", "code", "said"),
    [
        ("HUB", "wrong", 1, "it does not take the token"),
        ("HUB", "nowhere", 2, "cannot be read"),
        ("HUB", None, 2, "a push needs the token"),
        ("HUB/elsewhere", "token", 1, "is the address at which the board is"),
        ("http://127.0.0.1:1", "token", 1, "is --push the address"),
        ("http://hub.example.net", "token", 2, "no address of a hub"),
        ("https://me:secret@hub.example.net", "token", 2, "no address of a hub"),
        ("https://[::1", "token", 2, "no address of a hub"),
    ],
)
def test_what_is_not_delivered_is_said(
    hub: Daemon, there: Command, url: str, token: str | None, code: int, said: str
) -> None:
    """2 for what is written wrongly, 1 for what went wrong; never a secret."""
    named = () if token is None else ("--token-file", f"FOLDER/{token}")
    found, out, err = there("scan", "--push", url.replace("HUB", hub.url), *named)
    assert (found, out) == (code, "")
    assert said in err and "me:secret" not in err


@pytest.mark.parametrize(
    ("sources", "said"),
    [({}, "there is nothing to push"), ({"a": {"kind": "pushed", "token_file": "token"}}, "cannot be pushed on")],
)
def test_there_has_to_be_something_to_sweep(hub: Daemon, there: Command, sources: Any, said: str) -> None:
    """Exit 2, and nothing is pushed: an empty sweep would say that all is gone."""
    code, _, err = there("scan", "--push", hub.url, "--token-file", "FOLDER/token", sources=sources)
    assert code == 2 and said in err


def test_doctor_says_whether_a_push_would_get_through(hub: Daemon, there: Command) -> None:
    """By one question, without a push."""

    def told(*arguments: str) -> dict[str, str]:
        checks = json.loads(there("doctor", "--json", "--push", *arguments)[1])["checks"]
        (found,) = [check for check in checks if check["id"] == "hub.takes_token"]
        return dict(found)

    everything = there("doctor", "--push", hub.url, "--token-file", "FOLDER/token")[1]
    assert "source disk\n" in everything
    assert not {"who is told", "board", "state"} & {*everything.splitlines()} and "NO TRACKER" not in everything
    assert "PROBLEM  others can read or change" in everything and "fix: chmod 600" in everything
    fine = told(hub.url, "--token-file", "FOLDER/token")
    assert fine["verdict"] == "ok" and "its source branch" in fine["text"]
    wrong = told(hub.url, "--token-file", "FOLDER/wrong")
    assert (wrong["verdict"], "--token-file" in wrong["fix"]) == ("problem", True)
    assert told("http://127.0.0.1:1", "--token-file", "FOLDER/token")["verdict"] == "problem"
