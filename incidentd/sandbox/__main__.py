"""`python -m incidentd.sandbox`: a PagerDuty and a Jira on loopback in real time, until SIGINT or SIGTERM.

One line of JSON on stdout says where they are and how to call them; /__sandbox__/ under each URL drives it: GET state,
journal; POST reset, switches ({"down": true}), actions ({"action": NAME, "arguments": {}}), faults. What is not known
there is answered with the names that are.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from incidentd.ports import SystemClock
from incidentd.sandbox.jira import DataCenter, Jira
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.sandbox.serving import serving

JIRAS: Mapping[str, tuple[type[Jira], str]] = {
    "cloud": (Jira, ""),
    "scoped": (Jira, "/ex/jira/11223344-a1b2-3b33-c444-def123456789"),
    "datacenter": (DataCenter, ""),
}
"""The kinds of Jira, and where their API lies."""


def main(arguments: list[str] | None = None) -> int:
    """Runs until a signal; 0. Raises OSError where a port is taken."""
    asyncio.run(_serve(_read(arguments)))
    return 0


def _read(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m incidentd.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="PagerDuty's port; Jira takes the next one (0: free ones)")
    parser.add_argument("--jira", choices=tuple(JIRAS), default="cloud", help="which Jira; scoped: /ex/jira/{cloudId}")
    parser.add_argument("--index-lag", type=float, default=0.0, metavar="SECONDS", help="how late Jira's search is")
    parser.add_argument("--processing-delay", type=float, default=0.0, metavar="SECONDS", help="how late events count")
    return parser.parse_args(arguments)


async def _serve(options: argparse.Namespace) -> None:
    clock, end = SystemClock(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    delay, lag = timedelta(seconds=options.processing_delay), timedelta(seconds=options.index_lag)
    pagerduty = PagerDuty(now=clock.now, sleep=clock.sleep, processing_delay=delay)
    make, base_path = JIRAS[options.jira]
    jira = make(now=clock.now, sleep=clock.sleep, index_lag=lag, base_path=base_path)
    jira_port = options.port + 1 if options.port else 0
    async with serving(pagerduty, options.port) as pagerduty_url, serving(jira, jira_port) as jira_url:
        sys.stdout.write(json.dumps(about(pagerduty, pagerduty_url, jira, jira_url)) + "\n")
        sys.stdout.flush()
        await end.wait()


def about(pagerduty: PagerDuty, pagerduty_url: str, jira: Jira, jira_url: str) -> Mapping[str, Any]:
    """Where they are and how to call them: each as a tracker is configured."""
    return {
        "pagerduty": {
            "events_url": pagerduty_url,
            "api_url": pagerduty_url,
            "routing_key": pagerduty.routing_key,
            "api_token": pagerduty.api_token,
            "from_email": pagerduty.from_email,
            "service": pagerduty.service.id,
        },
        "jira": jira.settings(jira_url),
        "control": "/__sandbox__/",
    }


if __name__ == "__main__":
    sys.exit(main())
