"""Transport: one request, one whole answer. Certificates are always verified; redirects are never followed."""

import asyncio
import json
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, cast

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, retry_if_result, stop_after_attempt

from incidentd.errors import TransportError
from incidentd.ports import Clock, Randomness
from incidentd.transport.answer import Answer
from incidentd.transport.fence import traced
from incidentd.transport.in_process import AsgiApp, InProcess
from incidentd.transport.network import Network

TIMEOUT_SECONDS = 20.0
CONNECT_SECONDS = 5.0
BODY_CAP_BYTES = 10_000_000
ATTEMPTS = 3
PATIENCE_SECONDS = 5.0
"""The longest Retry-After that is waited for here; a longer one is the caller's to obey."""

_PASSING = frozenset({429, 502, 503, 504})
_OWN_HEADERS = {"user-agent": "incidentd", "accept-encoding": "identity"}


class _Interrupted(TransportError):
    """Failed in a way that may pass by itself."""


class Transport:
    """The HTTP client of a whole process; safe to share between tasks of one event loop.

    `apps` stands in for the network: ASGI applications by origin. `tls` is for tests with a CA of their own; it is
    refused unless it verifies.
    """

    def __init__(
        self,
        clock: Clock,
        randomness: Randomness,
        *,
        apps: Mapping[str, AsgiApp] | None = None,
        tls: ssl.SSLContext | None = None,
        body_cap_bytes: int = BODY_CAP_BYTES,
    ) -> None:
        self._clock = clock
        self._randomness = randomness
        self._body_cap_bytes = body_cap_bytes
        self._base = InProcess(apps) if apps is not None else Network(tls)

    async def request(
        self,
        method: str,
        url: str,
        *,
        idempotent: bool,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] = (),
        json: Any = None,
        content: bytes | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> Answer:
        """The answer, whatever its status but 3xx. Raises TransportError.

        With `idempotent`, lost exchanges and 429, 502, 503, 504 are tried again, three times in all; without it,
        exactly one attempt is made: a create is never repeated here.
        """
        request = _request(method, url, headers or {}, params, json, content, timeout_seconds)
        attempts = ATTEMPTS if idempotent else 1
        trying = AsyncRetrying(
            stop=stop_after_attempt(attempts),
            retry=retry_if_exception_type(_Interrupted) | retry_if_result(self._worth_waiting),
            wait=self._wait_seconds,
            sleep=self._clock.sleep,
            retry_error_callback=_last,
        )
        return cast(Answer, await trying(self._send, request, timeout_seconds))

    async def close(self) -> None:
        """Give the connections back."""
        await self._base.aclose()

    async def _send(self, request: httpx.Request, timeout_seconds: float) -> Answer:
        where = f"{request.method} {request.url.host}"
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._exchange(request, where)
        except TimeoutError:
            raise _Interrupted(f"no whole answer within {timeout_seconds:g} s", where, sent=True) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as problem:
            raise _unreached(problem, where) from None
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol):
            # Their texts may quote a header with its secret.
            raise TransportError("the request cannot be put on the wire", where, _ASK, sent=False) from None
        except (httpx.TransportError, OSError) as problem:
            kind = type(problem).__name__
            raise _Interrupted(f"the connection broke before a whole answer ({kind})", where, sent=True) from None

    async def _exchange(self, request: httpx.Request, where: str) -> Answer:
        response = await self._base.handle_async_request(request)
        try:
            body = await self._whole_body(response, where)
        finally:
            await response.aclose()
        if 300 <= response.status_code < 400:
            hint = "set the URL that it leads to; redirects are not followed"
            raise TransportError(f"answered with a redirect (HTTP {response.status_code})", where, hint, sent=True)
        return Answer(response.status_code, dict(response.headers), body, where)

    async def _whole_body(self, response: httpx.Response, where: str) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise TransportError("the answer is compressed though plain was asked for", where, sent=True)
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > self._body_cap_bytes:
                raise TransportError(f"the answer is longer than {self._body_cap_bytes} bytes", where, sent=True)
        return bytes(body)

    def _worth_waiting(self, answer: Answer) -> bool:
        if answer.status not in _PASSING:
            return False
        return (answer.wait_seconds(self._clock.now()) or 0.0) <= PATIENCE_SECONDS

    def _wait_seconds(self, state: RetryCallState) -> float:
        """What the answer asks for, else doubling from half a second; jitter on top, so that callers spread out."""
        asked = None
        if state.outcome is not None and not state.outcome.failed:
            asked = state.outcome.result().wait_seconds(self._clock.now())
        pause = 2.0 ** (state.attempt_number - 2) if asked is None else asked
        return float(pause + self._randomness.fraction() * max(pause, 0.5) / 2)


_ASK = "look at the URL and at the secrets it is called with: line breaks and non-ASCII characters cannot be sent"


def _request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    params: Sequence[tuple[str, str]],
    document: Any,
    content: bytes | None,
    timeout_seconds: float,
) -> httpx.Request:
    sent = {**_OWN_HEADERS, **{name.lower(): value for name, value in headers.items()}}
    if document is not None:
        sent.setdefault("content-type", "application/json")
        content = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
    connect_seconds = min(CONNECT_SECONDS, timeout_seconds)
    timeout = httpx.Timeout(timeout_seconds, connect=connect_seconds, pool=connect_seconds)
    extensions = {"timeout": timeout.as_dict(), "trace": traced}
    try:
        target = httpx.URL(url, params=list(params)) if params else httpx.URL(url)
        return httpx.Request(method, target, headers=sent, content=content, extensions=extensions)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise TransportError("the request cannot be built", method, _ASK, sent=False) from None


def _unreached(problem: httpx.TransportError, where: str) -> TransportError:
    text = str(problem) or type(problem).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate verify failed" in text:
        hint = "trust its CA system-wide, or by SSL_CERT_FILE"
        return TransportError(f"its certificate is not trusted: {text}", where, hint, sent=False)
    return _Interrupted(f"could not connect: {text}", where, sent=False)


def _last(state: RetryCallState) -> Any:
    """The last attempt's answer, or its error."""
    return state.outcome.result() if state.outcome else None
