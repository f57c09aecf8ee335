"""The fence: whoever lost the right to write is stopped at the last moment, as its request is about to go out.

A process may be paused anywhere, for longer than its lease, between the decision to send and the first byte.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Fence = Callable[[], Awaitable[None]]
"""Raises where nothing may be sent any more."""

_fence: ContextVar[Fence | None] = ContextVar("fence", default=None)


@contextmanager
def fenced(fence: Fence) -> Iterator[None]:
    """Every request made inside asks `fence` first, after the connection stands and before anything is sent on it.

    It asks again before its body is sent: without that no server takes it for a request.
    """
    token = _fence.set(fence)
    try:
        yield
    finally:
        _fence.reset(token)


async def pass_fence() -> None:
    """Returns where the request may go out; raises what the fence raises."""
    fence = _fence.get()
    if fence is not None:
        await fence()


async def traced(event: str, info: object) -> None:
    """The HTTP client's own report of each of its steps (httpcore's `trace` extension)."""
    if event.endswith(("send_request_headers.started", "send_request_body.started")):
        await pass_fence()
