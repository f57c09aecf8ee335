"""Questions to the API server: their answers land on pages, and whatever goes wrong has a reason. Imported late.

One question, one answer: what to do about it (list again, watch again, give up) is decided by who asks.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus

import httpx2
from lightkube.core.exceptions import ConfigError as LightkubeConfigError

from incidentd.errors import SourceError
from incidentd.model.observation import GapReason
from incidentd.ports import Worker
from incidentd.sources.kubernetes.access import Access
from incidentd.sources.kubernetes.inside import text_at
from incidentd.sources.kubernetes.pipe import HungUp, NotHttp, Silent
from incidentd.sources.kubernetes.refusal import Refusal, refusal_of_status
from incidentd.sources.kubernetes.wiping import Page, TooMuch
from incidentd.sources.kubernetes.wire import BODY, Body

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "incidentd"}
_MOST_MESSAGE_CHARACTERS = 300

_STOPPING = (OSError, ValueError, TooMuch, httpx2.HTTPError, httpx2.InvalidURL, LightkubeConfigError)
"""What connecting, reading and lightkube's credentials raise. A host that is no name is a ValueError."""

Query = Mapping[str, str]


class Api:
    """One API server, asked with the credentials that `access` has; they are read anew once they are refused."""

    def __init__(self, access: Access, worker: Worker) -> None:
        self._access = access
        self._worker = worker
        self._client: httpx2.AsyncClient | None = None

    async def read(self, path: str, query: Query, page: Page) -> None:
        """The whole answer onto the page. Raises Refusal."""
        async with self._answer(path, query) as body:
            while await body.read_into(page):
                pass

    async def lines(
        self, path: str, query: Query, page: Page, silence_seconds: float
    ) -> AsyncGenerator[memoryview, None]:
        """The lines of an answer without an end, each wiped once the next is asked for. Raises Refusal.

        The first is empty: the answer has begun. Silence for longer than it may last is a refusal, too.
        """
        async with self._answer(path, query) as body:
            yield page.line(0)
            searched = 0
            while await body.read_into(page, silence_seconds):
                while (end := page.find_line_end(searched)) >= 0:
                    yield page.line(end)
                    page.drop(end + 1)
                    searched = 0
                searched = page.length

    async def close(self) -> None:
        """Give up the client."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    @asynccontextmanager
    async def _answer(self, path: str, query: Query) -> AsyncIterator[Body]:
        try:
            client = await self._opened()
            request = client.build_request("GET", path, params=dict(query), headers=_HEADERS)
            response = await client.send(request, stream=True, follow_redirects=False)
            async with aclosing(response):
                if response.status_code != HTTPStatus.OK:
                    raise await self._refused(response)
                yield response.extensions[BODY]
        except _STOPPING as error:
            raise _refusal_of(error) from None
        except Refusal:
            raise
        except SourceError as error:
            raise Refusal(GapReason.SOURCE_FAILED, str(error)) from None

    async def _opened(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = await self._worker.run(self._access.client)
        return self._client

    async def _refused(self, response: httpx2.Response) -> Refusal:
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            # Next time with whatever the kubeconfig says then.
            self._client = None
        said = _status_in(await response.aread())
        message = text_at(said, "message")[:_MOST_MESSAGE_CHARACTERS]
        return refusal_of_status(response.status_code, message, text_at(said, "details", "name"))


def _status_in(body: bytes) -> object:
    """A Status object (kubernetes.io/docs/reference/kubernetes-api/common-definitions/status), or something else."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _refusal_of(error: Exception) -> Refusal:
    """A stable reason for what stopped an exchange."""
    match error:
        case Silent():
            return Refusal(GapReason.TIMED_OUT, f"the API server is silent: {error}")
        case TimeoutError():
            return Refusal(GapReason.TIMED_OUT, "the API server does not answer in time")
        case ConnectionRefusedError():
            return Refusal(GapReason.REFUSED, "the API server refuses the connection")
        case HungUp() | ConnectionResetError():
            return Refusal(GapReason.RESET, "the connection to the API server ended within the answer")
        case TooMuch():
            return Refusal(GapReason.TOO_LARGE, "the answer is too large, though a single object was asked for")
        case NotHttp():
            return Refusal(GapReason.UNREADABLE, f"the answer cannot be read: {error}")
        case OSError():
            return Refusal(GapReason.UNREACHABLE, f"the API server is not reached: {_said(error)}")
        case LightkubeConfigError():
            return Refusal(GapReason.SOURCE_FAILED, f"the API server cannot be asked: {error}")
        case _:
            return Refusal(GapReason.SOURCE_FAILED, f"the API server cannot be asked: {type(error).__name__}")


def _said(error: OSError) -> str:
    return getattr(error, "verify_message", "") or error.strerror or type(error).__name__
