"""`doctor` without the network: each trap of the set-up is told with its fix, and nothing is touched."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from incidentd.cli.doctoring.machine import clock_check, parts_check, requirements
from incidentd.cli.doctoring.places import reach_check
from incidentd.cli.doctoring.remembered import folder_checks
from incidentd.cli.doctoring.secrets import age_check, private_check
from incidentd.model.location import Location, Role
from incidentd.model.observation import Gap, GapReason, Sweep
from incidentd.model.preflight import Subject, Verdict
from incidentd.store import opening
from tests.cli.doctoring import SetUp, secret, set_up

SUBJECT = Subject("it")
JIRA = {"kind": "jira", "base_url": "https://acme.atlassian.net", "email": "bot@example.net", "project": "OPS"}
PAGER = {"kind": "pagerduty", "routing_key": "canary-key", "write_only": True}


@pytest.fixture
def healthy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> SetUp:
    return set_up(tmp_path, capsys)


def test_a_healthy_set_up_has_nothing_to_mend(healthy: SetUp) -> None:
    """Exit 0, and the next command is said."""
    assert healthy.wrong() == {}
    code, out = healthy.doctor()
    assert code == 0
    assert "state\n  ok       sqlite:///" in out
    assert out.endswith(
        "0 problems, 0 warnings, 0 unknown; next: `incidentd doctor --live` asks trackers and endpoints\n"
    )


def labels(**labels: str) -> dict[str, Any]:
    """The source with other labels."""
    return {"sources": {"disk": {"kind": "files", "paths": ["certs"], "labels": labels}}}


def paths(*paths: str) -> dict[str, Any]:
    """The source with other paths."""
    return {"sources": {"disk": {"kind": "files", "paths": list(paths), "labels": {"env": "prod"}}}}


def targets(file: str) -> dict[str, Any]:
    """A source of endpoints by file."""
    return {"sources": {"edge": {"kind": "tls", "targets_file": file, "labels": {"env": "prod"}}}}


def cluster(kubeconfig: str | None) -> dict[str, Any]:
    """A source of Kubernetes; without a kubeconfig in a pod, which this is not."""
    where = {"kubeconfig": kubeconfig} if kubeconfig else {"service_account": "no/such/folder"}
    return {"sources": {"kube": {"kind": "kubernetes", "cluster": "one", "labels": {"env": "prod"}, **where}}}


SETTINGS: list[tuple[dict[str, Any], dict[str, tuple[str, str]]]] = [
    ({"self_tracker": None}, {"config.self_tracker": ("warning", "troubles stand on stderr")}),
    ({"heartbeat": None}, {"config.heartbeat": ("warning", "nobody hears of it")}),
    ({"mode": "observe"}, {"config.mode": ("warning", "no tracker is written to")}),
    ({"trackers": None, "self_tracker": None}, {"config.warning": ("warning", "NO TRACKER")}),
    (labels(env="Prod"), {}),
    (labels(env="staging"), {}),
    (labels(env="blue"), {"policy.unknown_values": ("warning", "counts as production: env: blue")}),
    (labels(environment="staging", env="prod"), {"policy.unread_labels": ("warning", "environment: staging")}),
    (labels(team="a"), {"policy.missing_label": ("warning", "1 place without a label of env")}),
    (paths("nowhere/*.pem"), {"source.paths": ("problem", "there is no such file or folder")}),
    (paths("certs/*.crt"), {"source.paths": ("warning", "no file is there")}),
    (paths("certs/gone.pem"), {"source.paths": ("warning", "no file is there")}),
    (targets("certs/a.pem"), {"source.targets_file": ("problem", "line 1")}),
    (targets("gone.txt"), {"source.targets_file": ("problem", "cannot be read")}),
    (cluster("gone"), {"source.credentials": ("problem", "gone is not there")}),
    (cluster("certs/a.pem"), {"source.credentials": ("problem", "others can read")}),
    (cluster(None), {"source.credentials": ("problem", "no service account is mounted")}),
    ({"instance": "another"}, {"state.instance": ("problem", "belongs to the instance default")}),
    ({"web": {"listen": "0.0.0.0:1", "trusted_proxies": ["0.0.0.0/0"]}}, {"web.exposure": ("problem", "everybody")}),
    ({"web": {"listen": "0.0.0.0:1", "trusted_proxies": ["10.0.0.7"]}}, {}),
    (
        {"state": {"url": "postgresql://u:canary-pw@127.0.0.1:1/db"}},
        {"state.database": ("problem", "postgresql")},
    ),
]


@pytest.mark.parametrize(("sections", "told"), SETTINGS)
def test_each_trap_of_the_configuration_is_told_with_its_fix(
    healthy: SetUp, sections: dict[str, Any], told: dict[str, tuple[str, str]]
) -> None:
    """That one, and beside it only what follows from it."""
    store = opening.open_store(healthy.config["state"]["url"])
    store.instance("default")
    store.close()
    healthy.configure(**sections)
    wrong = healthy.wrong()
    for id, (verdict, text) in told.items():
        assert wrong[id][0] == verdict
        assert text in wrong[id][1]
    assert set(wrong) <= {*told, "config.self_tracker"}


def test_a_cluster_s_credentials_are_there_and_private(healthy: SetUp) -> None:
    """A kubeconfig may hold a token; what a pod is given is mounted as the kubelet pleases."""
    (healthy.folder / "token").write_text("canary")
    (healthy.folder / "token").chmod(0o644)
    here: dict[str, Any] = {"kind": "kubernetes", "cluster": "one", "labels": {"env": "prod"}, "service_account": "."}
    healthy.configure(sources={"kube": here})
    assert healthy.wrong() == {}
    (healthy.folder / "kubeconfig").touch(0o600)
    healthy.configure(sources={"kube": {**here, "kubeconfig": "kubeconfig"}})
    assert healthy.wrong() == {}


def test_a_client_that_is_missing_is_a_line_among_the_others(healthy: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    """With how to install it; a live look says the same, and everything else, too."""
    (healthy.folder / "kubeconfig").touch(0o600)
    healthy.configure(**cluster("kubeconfig"))
    monkeypatch.setitem(sys.modules, "lightkube", None)
    for asked in ((), ("--live",)):
        assert healthy.wrong(*asked).keys() == {"source.extra"}
        assert "fix: install it: pip install 'incidentd[kubernetes]'; nothing" in healthy.doctor(*asked)[1]


GAPS: list[tuple[str, GapReason, str]] = [
    ("tls://a.example:443", GapReason.PERMISSION, "firewall"),
    ("k8s://one/shop/ingress", GapReason.PERMISSION, "`Rights`"),
    ("k8s://one/shop/secret/web", GapReason.MISSING_FOLDER, "mend the name"),
    ("k8s://one/shop/secret/web#tls.crt", GapReason.UNREADABLE, "mend what is said of it"),
]


def test_what_is_unseen_in_a_cluster_is_mended_there() -> None:
    """No firewall is looked for where a right is missing; each fix is said once."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    gaps = [Gap(Location(uri, "one", Role.SERVED), None, reason, "", at) for uri, reason, _ in GAPS]
    for gap, (*_, fix) in zip(gaps, GAPS, strict=True):
        assert fix in reach_check(SUBJECT, Sweep("one", at, at, gaps=(gap,))).fix
    assert reach_check(SUBJECT, Sweep("one", at, at, gaps=(*gaps, *gaps))).fix.count(";") == len(GAPS) - 1


def test_a_list_of_targets_is_counted(healthy: SetUp) -> None:
    """And labels of targets go before those of the source."""
    (healthy.folder / "targets.txt").write_text("a.example\nb.example:8443\n")
    healthy.configure(**targets("targets.txt"))
    assert "names 2 targets" in healthy.doctor()[1]
    edge = {"kind": "tls", "targets": [{"host": "a.example", "labels": {"env": "lab"}}, "b.example"]}
    healthy.configure(sources={"edge": edge})
    assert {"policy.unknown_values", "policy.missing_label"} == set(healthy.wrong())


def test_a_state_that_is_not_there_yet_is_no_problem(healthy: SetUp) -> None:
    """A first start is one; nothing is made by looking."""
    healthy.configure(state={"url": f"sqlite:///{healthy.folder}/later/incidentd.db"})
    assert {id: verdict for id, (verdict, _) in healthy.wrong().items()} == {"state.database": "warning"}
    assert not (healthy.folder / "later").exists()


def test_a_database_that_others_may_read_is_a_problem(healthy: SetUp) -> None:
    """With the command that mends it, which is not run."""
    database = healthy.folder / "state" / "incidentd.db"
    database.chmod(0o644)
    assert f"chmod 600 {database}" in healthy.wrong()["state.database"][1]
    assert database.stat().st_mode & 0o777 == 0o644


def test_a_torn_database_is_a_problem(healthy: SetUp) -> None:
    """In words."""
    (healthy.folder / "state" / "incidentd.db").write_bytes(b"SQLite format 3\0" + b"\0" * 5000)
    assert healthy.wrong()["state.database"][0] == "problem"


def test_a_configuration_that_does_not_load_exits_2(healthy: SetUp) -> None:
    """As everywhere."""
    healthy.path.write_text("mode: x")
    assert healthy.doctor()[0] == 2


@pytest.mark.parametrize(
    ("mode", "verdict"), [(0o600, None), (0o640, "warning"), (0o644, "problem"), (0o660, "problem")]
)
def test_secret_files_are_private(healthy: SetUp, mode: int, verdict: str | None) -> None:
    """A group may be an orchestrator's own; everybody is nobody's."""
    file = secret(healthy.folder, "key", "canary-key")
    os.chmod(file, mode)
    pager = {"kind": "pagerduty", "routing_key_file": "key", "write_only": True}
    healthy.configure(trackers={"queue": pager})
    wrong = healthy.wrong()
    assert wrong.get("secret.routing_key", (None,))[0] == verdict


def test_no_secret_is_ever_shown(healthy: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inline, by file, in addresses, in the secrets directory; as lines and as a document."""
    folder = healthy.folder / "secrets"
    folder.mkdir()
    inside = folder / "trackers__pager__routing_key"
    inside.write_text("canary-inside")
    inside.chmod(0o644)
    monkeypatch.setenv("INCIDENTD_SECRETS_DIR", str(folder))
    jira = {**JIRA, "api_token_file": secret(healthy.folder, "token", "canary-token")}
    pager = {name: value for name, value in PAGER.items() if name != "routing_key"}
    web = {"listen": "0.0.0.0:1", "token_file": secret(healthy.folder, "web", "canary-web")}
    healthy.configure(trackers={"queue": jira, "pager": pager}, routes=[{"tracker": "queue"}], web=web)
    text, document = healthy.doctor()[1], healthy.doctor("--json")[1]
    assert "canary" not in (text + document).replace(str(healthy.folder), "")
    assert "secrets.trackers__pager__routing_key" in document


def test_a_configuration_that_others_may_change_is_a_problem(healthy: SetUp) -> None:
    """Whoever writes it decides where secrets are sent."""
    healthy.path.chmod(0o620)
    assert healthy.wrong()["config.file"][0] == "problem"


@pytest.mark.parametrize(
    ("days", "verdict"), [(1, Verdict.OK), (340, Verdict.WARNING), (400, Verdict.WARNING), (-1, Verdict.OK)]
)
def test_a_token_grows_old(tmp_path: Path, days: int, verdict: Verdict) -> None:
    """As its file does; Jira Cloud's end after a year."""
    file = Path(secret(tmp_path, "token", "x"))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    written = (now - timedelta(days=days)).timestamp()
    os.utime(file, (written, written))
    assert age_check(SUBJECT, file, now).verdict is verdict


def test_a_clock_behind_what_was_written_is_wrong(tmp_path: Path) -> None:
    """Files from the future are a clock from the past; what is not there says nothing."""
    file = Path(secret(tmp_path, "file", "x"))
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    for apart, verdict in ((timedelta(minutes=-1), Verdict.OK), (timedelta(hours=-1), Verdict.PROBLEM)):
        assert clock_check(SUBJECT, written + apart, [tmp_path / "gone", file]).verdict is verdict


def test_parts_that_are_missing_are_named() -> None:
    """By what would install them; extras are not asked for."""
    assert parts_check(SUBJECT, ["httpx", "no-such-part"]).fix == "pip install no-such-part"
    assert parts_check(SUBJECT, requirements()).verdict is Verdict.OK
    assert "pytest" not in requirements()


def test_a_folder_that_others_may_write_to_is_a_problem(tmp_path: Path) -> None:
    """They could put another database there; /tmp's sticky bit keeps them from it."""
    for mode, verdict in ((0o700, Verdict.OK), (0o777, Verdict.PROBLEM), (0o1777, Verdict.OK)):
        tmp_path.chmod(mode)
        found = {check.id: check for check in folder_checks(SUBJECT, tmp_path)}
        assert found["state.folder"].verdict is verdict


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """By how much room there is."""
    rooms: list[tuple[int, Verdict]] = [(10**9, Verdict.OK), (10**8, Verdict.WARNING), (10**6, Verdict.PROBLEM)]
    for free, verdict in rooms:
        free_at: Callable[[Path], int] = {tmp_path: free}.__getitem__
        found = {check.id: check for check in folder_checks(SUBJECT, tmp_path, free_at)}
        assert found["state.room"].verdict is verdict


def test_modes_are_judged_by_their_worst(tmp_path: Path) -> None:
    """Who can change a secret can choose it."""
    file = Path(secret(tmp_path, "key", "x"))
    file.chmod(0o602)
    assert private_check(SUBJECT, "secret.x", file).verdict is Verdict.PROBLEM
