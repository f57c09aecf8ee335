"""The ground that processes stand on: a PagerDuty and a Jira, each request judged, and TLS endpoints, in one thread.

Everything runs in an event loop of its own, so that a test may wait for a process while the ground goes on working.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import Any, TypeVar

from incidentd.ports import SystemClock
from incidentd.sandbox.__main__ import about
from incidentd.sandbox.ca import Issued
from incidentd.sandbox.endpoints import TlsEndpoint
from incidentd.sandbox.frame import Frame
from incidentd.sandbox.jira import Jira
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.sandbox.serving import serving
from tests.conformance.judge import assert_nothing_refused, judged
from tests.processes.tripwire import Tripwire

T = TypeVar("T")
ENDS_SECONDS = 10.0
MANY_EVENTS = 10_000


class Ground:
    """What stands there, and the loop it stands in."""

    def __init__(self) -> None:
        clock = SystemClock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ground", daemon=True)
        self._thread.start()
        self._stack = AsyncExitStack()
        self.pagerduty = judged(PagerDuty(now=clock.now, sleep=clock.sleep), "pagerduty")
        # With each shift of its clock minutes pass for the daemon, and none here: the limit of a minute is lifted.
        self.pagerduty.events_window.per_minute = MANY_EVENTS
        self.jira = judged(Jira(now=clock.now, sleep=clock.sleep), "jira-cloud-v3")
        self.wires = {"pagerduty": Tripwire(self.pagerduty), "jira": Tripwire(self.jira)}

    @property
    def frames(self) -> Mapping[str, Frame]:
        """The trackers by kind."""
        return {"pagerduty": self.pagerduty, "jira": self.jira}

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs something in the ground's loop, to its end."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ENDS_SECONDS)

    def keep(self, context: AbstractAsyncContextManager[T]) -> T:
        """Enters something there, for as long as the ground lasts."""
        return self.do(self._stack.enter_async_context(context))

    def doors(self) -> Mapping[str, Any]:
        """Two more ports at which the same two trackers answer, with how to call them."""
        pagerduty, jira = (self.keep(serving(self.wires[kind])) for kind in ("pagerduty", "jira"))
        return about(self.pagerduty, pagerduty, self.jira, jira)

    def endpoint(self, issued: Issued, address: str) -> TlsEndpoint:
        """A TLS server that serves a certificate."""
        return self.keep(TlsEndpoint(issued, address=address))

    def end(self) -> None:
        """Everything is given back, and the thread ends."""
        try:
            self.do(self._stack.aclose())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(ENDS_SECONDS)
            self._loop.close()


@contextmanager
def laid() -> Iterator[Ground]:
    """A ground; at its end nothing that was sent may have broken a vendor's document."""
    ground = Ground()
    try:
        yield ground
    finally:
        ground.end()
    for frame in ground.frames.values():
        assert_nothing_refused(frame)
