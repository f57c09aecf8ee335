"""`incidentd run` from its start to its end, over real HTTP and real signals."""

import os
import signal
import socket
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.process import configure, lay_out, running


def test_it_finds_opens_and_shows_an_incident(tmp_path: Path) -> None:
    """Alive, ready, the incident on the board and in the API, and counted."""
    lay_out(tmp_path, due_example_test=60, fine_example_test=300)
    with running(configure(tmp_path)) as daemon:
        daemon.until_ready()
        assert daemon.get("/healthz").text == "alive\n"
        board = daemon.get("/")
        assert "due.example.test" in board.text
        assert "fine.example.test" not in board.text
        assert "No tracker is configured" in board.text
        assert board.headers["x-content-type-options"] == "nosniff"
        (incident,) = daemon.get("/api/v1/incidents").json()["incidents"]
        assert (incident["name"], incident["state"], incident["ticket"]) == ("due.example.test", "open", "LOCAL-1")
        metrics = {family.name: family for family in text_string_to_metric_families(daemon.get("/metrics").text)}
        assert [sample.value for sample in metrics["incidentd_incidents"].samples] == [1.0]
        assert metrics["incidentd_process_resident_memory_bytes"].samples[0].value > 0
        daemon.tell(signal.SIGTERM)
        assert daemon.ended() == 0


def test_a_new_certificate_appears_by_itself(tmp_path: Path) -> None:
    """The loop goes round."""
    lay_out(tmp_path, first_example_test=60)
    with running(configure(tmp_path)) as daemon:
        daemon.until_ready()
        lay_out(tmp_path, second_example_test=5)
        daemon.until(lambda: "second.example.test" in daemon.get("/").text)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_exits_0(tmp_path: Path, number: signal.Signals) -> None:
    """Even before the first round is over, and it says so."""
    lay_out(tmp_path)
    with running(configure(tmp_path)) as daemon:
        daemon.until(lambda: bool(daemon.urls))
        daemon.tell(number)
        assert daemon.ended() == 0
        assert '"event": "ended"' in daemon.log


@pytest.mark.timeout(90)
def test_a_sweep_that_hangs_in_the_system_does_not_keep_it(tmp_path: Path) -> None:
    """A read that never returns, as from a dead network mount, is left behind within 30 s, with exit 0."""
    lay_out(tmp_path, due_example_test=60)
    pipe = tmp_path / "targets"
    os.mkfifo(pipe)  # opening it to read waits for a writer, who never comes
    sources = {
        "disk": {"kind": "files", "paths": ["certs"], "role": "served"},
        "stuck": {"kind": "tls", "targets_file": str(pipe)},
    }
    with running(configure(tmp_path, sources=sources)) as daemon:
        daemon.until(lambda: '"source": "disk"' in daemon.log)
        assert "first sweep not done" in daemon.get("/readyz").text
        daemon.tell(signal.SIGTERM)
        assert daemon.ended() == 0
        assert "work in hand is cut off" in daemon.log


def test_a_reload_by_signal_takes_over(tmp_path: Path) -> None:
    """SIGHUP after a change: the new source is looked at, the port stays."""
    lay_out(tmp_path, due_example_test=60)
    (tmp_path / "more").mkdir()
    config = configure(tmp_path)
    with running(config) as daemon:
        daemon.until_ready()
        url = daemon.url
        disk = {"kind": "files", "paths": ["certs", "more"], "role": "served"}
        configure(tmp_path, sources={"disk": disk, "more": {"kind": "files", "paths": ["more"]}})
        daemon.tell(signal.SIGHUP)
        daemon.until(lambda: "more" in [one["source"] for one in daemon.get("/api/v1/health").json()["sources"]])
        daemon.until_ready()
        assert daemon.urls == [url]
        assert "due.example.test" in daemon.get("/").text
        daemon.tell(signal.SIGTERM)
        assert daemon.ended() == 0


def test_a_changed_file_is_read_by_itself_and_a_bad_one_refused(tmp_path: Path) -> None:
    """Said in the log, on /readyz, on the board and as a metric; the old configuration goes on until it is mended."""
    lay_out(tmp_path, due_example_test=60)
    rules = tmp_path / "OWNERS"
    rules.write_text("* nobody\n")
    config = configure(tmp_path, owners={"file": str(rules)})
    with running(config) as daemon:
        daemon.until_ready()
        good = config.read_text()
        config.write_text(good.replace('"sources"', '"souces"'))
        daemon.until(lambda: "is refused" in daemon.get("/readyz").text)
        assert daemon.get("/readyz").status_code == 200
        assert "souces" in daemon.get("/readyz").text
        assert "incidentd_config_reload_refused 1.0" in daemon.get("/metrics").text
        assert "is refused" in daemon.get("/").text
        assert "the configuration is refused" in daemon.log
        config.write_text(good + "\n")
        daemon.until(lambda: "incidentd_config_reload_refused 0.0" in daemon.get("/metrics").text)
        assert "due.example.test" in daemon.get("/").text
        rules.write_text("# no rule\n")
        daemon.until(lambda: "OWNERS" in daemon.get("/readyz").text)
        rules.write_text("* web-platform\n")
        daemon.until(lambda: '"owner":"web-platform"' in daemon.get("/api/v1/incidents").text)


def test_a_reload_can_move_the_board_and_lock_it(tmp_path: Path) -> None:
    """The new address is open behind its own door; the one before it is closed."""
    lay_out(tmp_path)
    config = configure(tmp_path)
    with running(config) as daemon:
        daemon.until_ready()
        before = daemon.url
        (config.parent / "token").write_text("s3cret")
        configure(tmp_path, web={"listen": "127.0.0.2:0", "token_file": "token"})
        daemon.tell(signal.SIGHUP)
        daemon.until(lambda: daemon.url != before)
        assert daemon.get("/").status_code == 401
        assert daemon.get("/", {"authorization": "Bearer s3cret"}).status_code == 200
        port = int(before.rpartition(":")[2])
        daemon.until(lambda: _refuses("127.0.0.1", port))


def _refuses(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) != 0


def test_a_port_that_is_taken_is_a_clear_error(tmp_path: Path) -> None:
    """Exit 1, what and where, and what to do."""
    lay_out(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(configure(tmp_path, web={"listen": f"127.0.0.1:{port}"})) as daemon:
            assert daemon.ended() == 1
            assert f"web.listen 127.0.0.1:{port}: cannot listen" in daemon.log
            assert "hint:" in daemon.log
            assert "Traceback" not in daemon.log


def test_off_loopback_without_a_token_it_does_not_start(tmp_path: Path) -> None:
    """Exit 2: nobody opens a door by mistake."""
    lay_out(tmp_path)
    with running(configure(tmp_path, web={"listen": "0.0.0.0:0"})) as daemon:
        assert daemon.ended() == 2
        assert "web.token_file" in daemon.log


def test_off_loopback_the_token_is_asked_for(tmp_path: Path) -> None:
    """Who connects from this machine is asked too; the token is in no log."""
    lay_out(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "token").write_text("canary-token\n")
    with running(configure(tmp_path, web={"listen": "0.0.0.0:0", "token_file": "token"})) as daemon:
        daemon.until(lambda: bool(daemon.urls))
        assert daemon.get("/").status_code == 401
        assert daemon.get("/metrics", {"x-forwarded-for": "127.0.0.1"}).status_code == 401
        assert daemon.get("/healthz").status_code == 200
        assert daemon.get("/", {"authorization": "Bearer canary-token"}).status_code == 200
        assert "canary-token" not in daemon.log


def test_whoever_connects_and_asks_nothing_is_hung_up_on(tmp_path: Path) -> None:
    """Idle connections must not take the files that sweeps need."""
    lay_out(tmp_path)
    with running(configure(tmp_path)) as daemon:
        daemon.until(lambda: bool(daemon.urls))
        host, port = daemon.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=25) as idle:
            assert idle.recv(1) == b""


def test_the_state_is_its_owners_alone(tmp_path: Path) -> None:
    """What the daemon leaves on disk is 0600."""
    lay_out(tmp_path, due_example_test=60)
    with running(configure(tmp_path)) as daemon:
        daemon.until_ready()
        modes = {oct(os.stat(file).st_mode & 0o777) for file in (tmp_path / "state").iterdir()}
    assert modes == {"0o600"}
