"""A web server that is not ours, looked at from the command line: dates to the second, whatever the rules of TLS."""

import json
from typing import Any

import pytest

from incidentd.sandbox.ca import Issued
from tests.cli.world import incidentd
from tests.sources.test_nginx import SERVERS, leaf, ports, pytestmark, rsa_leaf  # noqa: F401 - the server, and when to skip
from tests.sources.world import VALID_FROM, VALID_UNTIL


@pytest.mark.timeout(60)
def test_nginx_gives_the_right_dates(ports: dict[str, int], leaf: Issued) -> None:  # noqa: F811 - fixtures
    """TLS 1.2 only, TLS 1.3 only, and each with a client certificate demanded."""
    targets = [f"tls://127.0.0.1:{ports[name]}?sni=nginx.test" for name in SERVERS]
    results: list[dict[str, Any]] = []
    while not results or any(one["status"] == "unreachable" for one in results):  # it is still starting
        results = json.loads(incidentd("check", *targets, "--json").stdout)["results"]
    for result in results:
        first, intermediate = result["certificates"]
        assert first["fingerprint"] == leaf.fingerprint
        assert first["not_before"] == f"{VALID_FROM:%Y-%m-%dT%H:%M:%SZ}"
        assert first["not_after"] == f"{VALID_UNTIL:%Y-%m-%dT%H:%M:%SZ}"
        assert intermediate["subject"] == "CN=Sandbox Intermediate"
