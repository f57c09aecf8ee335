"""The image, built from the Dockerfile and run: as uid 10001, with a read-only root, without a shell."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from incidentd.ports import SystemClock
from tests.config.chart import RENDERED, ROOT, documents, of_kind
from tests.config.image import NAME, Workshop, missing, restricted, workshop
from tests.config.pods import options as told
from tests.config.pods import volumes

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("image")]

PATIENCE_SECONDS = 60.0
ENDS_SECONDS = 30
MEBIBYTE = 1 << 20
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture(scope="module")
def shop() -> Iterator[Workshop]:
    """Where the image is, once it is built."""
    lacking = missing()
    if lacking:
        pytest.skip(f"THE IMAGE IS NOT BUILT: {lacking}")
    with workshop() as one:
        one.base()
        one.build()
        yield one


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """The chart's restrictions, and a configuration that whoever runs it may read."""
    for folder in ("empty", "config"):
        (tmp_path / folder).mkdir()
    config = {"sources": {"edge": {"kind": "tls", "targets": ["127.0.0.1:1"]}}}
    (tmp_path / "config" / "incidentd.yaml").write_text(json.dumps(config))  # JSON is YAML
    return restricted(tmp_path / "empty")


@pytest.fixture
def configured(options: list[str], tmp_path: Path) -> list[str]:
    """The same with a configuration of its own."""
    return [*options, "--volume", f"{tmp_path}/config:/etc/incidentd:ro"]


def test_it_says_what_it_is(shop: Workshop) -> None:
    """Labels, user, entry point and health check, as registries and engines read them."""
    (image,) = json.loads(shop.podman("image", "inspect", NAME))
    config = image["Config"]
    labels = config["Labels"]
    assert labels["org.opencontainers.image.version"] == VERSION
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert (config["User"], config["Entrypoint"], config["Cmd"]) == ("10001:10001", ["incidentd"], ["run"])
    assert image["Healthcheck"]["Test"][:2] == ["CMD", "python"]


def test_commands_answer(shop: Workshop, configured: list[str]) -> None:
    """The version, and whether a configuration can be used."""
    assert shop.podman("run", "--rm", *configured, NAME, "--version") == f"incidentd {VERSION}"
    assert shop.tried("run", "--rm", *configured, NAME, "config", "validate").returncode == 0


INSIDE = """
import importlib.util, os, pathlib, shutil
import lightkube, psycopg
assert importlib.util.find_spec("pip") is None
assert shutil.which("sh") is None and shutil.which("pip") is None
assert (os.getuid(), os.getgid()) == (10001, 10001)
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
assert int(status["CapBnd"], 16) == 0 and status["NoNewPrivs"].strip() == "1"
for place in ("/", "/tmp", "/etc", "/opt/incidentd"):
    try:
        (pathlib.Path(place) / "written").write_text("")
    except OSError:
        continue
    raise SystemExit(f"{place} can be written to")
pathlib.Path("/var/lib/incidentd/written").write_text("")
"""


def test_what_is_inside(shop: Workshop, options: list[str]) -> None:
    """PostgreSQL and Kubernetes can be spoken to; no pip, no shell, no right, nothing to write to but the state."""
    answer = shop.tried("run", "--rm", *options, "--entrypoint", "python", NAME, "-c", INSIDE)
    assert answer.returncode == 0, answer.stderr


def test_it_lives_gets_ready_and_ends(shop: Workshop, configured: list[str]) -> None:
    """By its own health check and within the chart's memory; told to end it exits 0 in time."""
    container = shop.podman("run", "--detach", *configured, NAME)
    _until(lambda: shop.tried("healthcheck", "run", container).returncode == 0, shop, container)
    asks = "import urllib.request as r; r.urlopen('http://127.0.0.1:8580/readyz', timeout=5)"
    _until(lambda: shop.tried("exec", container, "python", "-c", asks).returncode == 0, shop, container)
    shop.podman("stop", "--time", str(ENDS_SECONDS), container)
    (ended,) = json.loads(shop.podman("inspect", container))
    assert ended["State"]["ExitCode"] == 0
    assert not ended["State"]["OOMKilled"]
    assert '"event": "ended"' in shop.tried("logs", container).stderr


OUTSIDE = """
import pathlib, re, urllib.error, urllib.request
def asked(path, headers={}):
    try:
        with urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:8580" + path, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
token = pathlib.Path("/run/incidentd/web/token").read_text()
assert [asked(path)[0] for path in ("/healthz", "/", "/metrics")] == [200, 401, 401]
status, text = asked("/metrics", {"Authorization": "Bearer " + token})
assert (status, len(token)) == (200, 43)
print(re.search(r"^incidentd_process_resident_memory_bytes (\\S+)", text, re.MULTILINE)[1])
"""


def test_the_pod_of_the_chart_runs(shop: Workshop, options: list[str], tmp_path: Path) -> None:
    """From its manifest: the token is made, the configuration taken, the probes answered; memory is as asked for."""
    found = documents((RENDERED / "sqlite.yaml").read_text())
    (deployment,) = of_kind(found, "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    places = volumes(tmp_path / "volumes", found, {"trackers__queue__api_token": "canary"})
    for first in pod["initContainers"]:
        shop.podman("run", "--rm", *options, *told(first, places), NAME, *first["args"])
    (main,) = pod["containers"]
    container = shop.podman("run", "--detach", *options, *told(main, places), NAME, *main["args"])
    _until(lambda: shop.tried("healthcheck", "run", container).returncode == 0, shop, container)
    used = float(shop.podman("exec", container, "python", "-c", OUTSIDE))
    assert used < MEBIBYTE * int(main["resources"]["requests"]["memory"].removesuffix("Mi"))
    shop.podman("rm", "--force", "--time", "1", container)


def _until(so: Callable[[], bool], shop: Workshop, container: str) -> None:
    clock = SystemClock()
    limit = clock.monotonic() + PATIENCE_SECONDS
    while not so():
        assert clock.monotonic() < limit, shop.tried("logs", container).stderr
