"""HTTP clients that call a sandbox in process; a lost answer becomes the error that a socket would give."""

from __future__ import annotations

import httpx
from starlette.types import ASGIApp

from incidentd.sandbox.faults import AnswerLost
from incidentd.sandbox.jira import API_TOKEN as JIRA_TOKEN
from incidentd.sandbox.jira import EMAIL
from incidentd.sandbox.pagerduty import API_TOKEN as PAGERDUTY_TOKEN
from incidentd.sandbox.pagerduty import FROM_EMAIL

PAGERDUTY_HEADERS = {
    "Authorization": f"Token token={PAGERDUTY_TOKEN}",
    "Accept": "application/vnd.pagerduty+json;version=2",
    "From": FROM_EMAIL,
}


class InProcess(httpx.AsyncBaseTransport):
    """A transport into an ASGI application. Works under any event loop and clock: no socket, no thread."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app=app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(request)
        except AnswerLost as lost:
            raise httpx.ReadError(str(lost), request=request) from lost


def pagerduty_client(app: ASGIApp) -> httpx.AsyncClient:
    """A client with good credentials."""
    return httpx.AsyncClient(transport=InProcess(app), base_url="http://pd", headers=PAGERDUTY_HEADERS)


def jira_client(app: ASGIApp) -> httpx.AsyncClient:
    """A client with good credentials, at the root of REST v3."""
    base = "http://jira/rest/api/3"
    return httpx.AsyncClient(transport=InProcess(app), base_url=base, auth=(EMAIL, JIRA_TOKEN))
