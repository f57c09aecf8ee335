"""Jira on the wire: each answer read or turned into a TrackerError. A create is sent once, never again.

With bad credentials most of the API answers as to an anonymous caller: hence `account`, which nobody else can be.
"""

import base64
import re
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from incidentd.errors import TrackerError, TrackerFailure, TransportError
from incidentd.ports import Clock
from incidentd.trackers.exchange import Pause, Secret, failure_of, identified, listed, revealed
from incidentd.trackers.jira.reading import account_of
from incidentd.transport import Answer, Transport

SCOPED = "/ex/jira/"
"""In the base URL of scoped tokens: https://api.atlassian.com/ex/jira/{cloudId}, where no browser goes."""

_CREDENTIALS = (
    "check email and api_token; a scoped token of Cloud needs base_url https://api.atlassian.com/ex/jira/<cloudId>"
)
_PERMISSION = "check the account's permissions in the project, and log in with it once: a CAPTCHA may be waiting"
_HINTS = {401: _CREDENTIALS, 403: _PERMISSION}
_OTHER_KIND = "check base_url, and flavour: Data Center knows REST v2 only, and Cloud has taken the search of v2 away"
"""For paths that every site of the right kind has."""
_ALWAYS_THERE = ("/myself", "/serverInfo", "/mypermissions", "/search", "/search/jql", "/issue/bulkfetch")
_LOCKED = "too many failed logins: log in once with a browser as this account and answer the CAPTCHA"
_DENIED = "AUTHENTICATION_DENIED"
"""What X-Seraph-LoginReason says while a CAPTCHA is waiting, whatever the credentials (Basic authentication)."""
_NOBODY = "anonymous"
"""What X-AUSERNAME says where the credentials were not believed and the caller was let in (Data Center)."""
_WRITTEN = re.compile(r"/issue/(\d+)(?:/.*)?")
_REASON = "ratelimit-reason"
_ONE_ISSUE = "jira-per-issue-on-write"
"""The reason of a 429 that concerns one issue only (Jira Cloud, rate limiting)."""

Json = dict[str, Any]


class _Told(TrackerError):
    """A failure that Jira told more of."""

    def __init__(self, failure: TrackerError) -> None:
        super().__init__(failure.kind, failure.what, failure.where, failure.hint, failure.retry_after_seconds)


class NoRoom(_Told):
    """413: the issue holds as many comments, or links, as it may."""


class FieldsRefused(_Told):
    """400 with errors by field: these cannot be set as they were."""

    def __init__(self, failure: TrackerError, fields: Collection[str]) -> None:
        super().__init__(failure)
        self.fields = frozenset(fields)


Params = Sequence[tuple[str, str]]


class JiraClient:
    """One account at one site."""

    def __init__(
        self, transport: Transport, clock: Clock, base_url: str, api: str, email: str | None, api_token: Secret
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._base_url = base_url.rstrip("/")
        self._api = api
        self._email = email
        self._api_token = api_token
        self._pause = Pause(clock)
        self._account: tuple[str, str] | None = None
        self._writes: Counter[str] = Counter()
        self._made: set[str] = set()
        self._site_url: str | None = None if SCOPED in self._base_url else self._base_url

    async def get(self, path: str, params: Params = ()) -> Json:
        """A read. Raises TrackerError."""
        return _document(await self._call("GET", path, params, reading=True), TrackerFailure.UNAVAILABLE)

    async def entries(self, path: str) -> tuple[Json, ...]:
        """A read whose answer is a list. Raises TrackerError."""
        answer = await self._call("GET", path, reading=True)
        try:
            return listed({"it": answer.json()}, "it")
        except TransportError as error:
            raise TrackerError(TrackerFailure.UNAVAILABLE, error.what, error.where, error.hint) from error

    async def look(self, path: str, body: Json) -> Json:
        """A read that goes by POST. Raises TrackerError."""
        return _document(await self._call("POST", path, body=body, reading=True), TrackerFailure.UNAVAILABLE)

    async def create(self, body: Json) -> tuple[str, str]:
        """Id and key of a new issue; one attempt. Raises TrackerError: UNCLEAR when it may have been made."""
        answer = await self._call("POST", "/issue", body=body)
        made = _document(answer, TrackerFailure.UNCLEAR)
        if not made.get("id") or not made.get("key"):
            raise TrackerError(TrackerFailure.UNCLEAR, "the answer to a create names no issue", answer.where)
        self._made.add(str(made["id"]))
        return str(made["id"]), str(made["key"])

    async def comment(self, issue_id: str, body: Json) -> None:
        """One more comment; one attempt. Raises TrackerError: UNCLEAR when it may stand there."""
        answer = await self._call("POST", f"/issue/{issue_id}/comment", body=body)
        identified(_document(answer, TrackerFailure.UNCLEAR), "comment", TrackerFailure.UNCLEAR)

    async def write(self, method: str, path: str, body: Any) -> None:
        """Any other write, whose answer is not needed; one attempt. Raises TrackerError."""
        await self._call(method, path, body=body)

    def writes_to(self, issue_id: str) -> int:
        """How many writes to an issue were tried, without its create."""
        return self._writes[issue_id]

    def has_made(self, issue_id: str) -> bool:
        """True for an issue of our own making, as long as we live."""
        return issue_id in self._made

    async def account(self, *, afresh: bool = False) -> str:
        """Our account id, asked for once a token. Raises TrackerError (UNAUTHORIZED) for who is nobody."""
        authorization = self._authorization()
        if afresh or self._account is None or self._account[0] != authorization:
            about = await self.get("/myself")
            if not account_of(about):
                raise TrackerError(TrackerFailure.UNAVAILABLE, "the answer does not say who we are", "Jira")
            self._account = (authorization, account_of(about))
        return self._account[1]

    async def browse_url(self, key: str) -> str:
        """Where a person finds an issue. Raises TrackerError."""
        if self._site_url is None:
            self._site_url = str((await self.get("/serverInfo")).get("baseUrl") or "").rstrip("/")
        return f"{self._site_url}/browse/{key}" if self._site_url else ""

    async def date(self) -> datetime | None:
        """The site's own time, from a harmless read. Raises TrackerError."""
        return (await self._call("GET", "/serverInfo", reading=True)).date

    async def _call(
        self, method: str, path: str, params: Params = (), body: Any = None, *, reading: bool = False
    ) -> Answer:
        headers = {"Authorization": self._authorization(), "Accept": "application/json"}
        self._pause.check("Jira")
        url = f"{self._base_url}{self._api}{path}"
        written = None if reading else _WRITTEN.fullmatch(path)
        if written:
            self._writes[written[1]] += 1
        try:
            answer = await self._transport.request(
                method, url, headers=headers, params=params, json=body, idempotent=reading
            )
        except TransportError as error:
            lost = error.sent and not reading
            kind = TrackerFailure.UNCLEAR if lost else TrackerFailure.UNREACHABLE
            raise TrackerError(kind, error.what, error.where, error.hint) from error
        if not answer.ok:
            failure = self._failure(answer, path, reading)
            self._heed(answer, failure)
            raise failure
        if reading:
            _check_identity(answer)
        return answer

    def _heed(self, answer: Answer, failure: TrackerError) -> None:
        """What the whole site asks to wait for is waited for; also a 503 that says until when (RFC 9110 15.6.4)."""
        if answer.headers.get(_REASON) != _ONE_ISSUE:
            self._pause.heed(failure)
        if answer.status == 503 and answer.headers.get("retry-after"):
            self._pause.keep(failure.retry_after_seconds)

    def _failure(self, answer: Answer, path: str, reading: bool) -> TrackerError:
        messages, errors = _said(answer)
        locked = _DENIED in answer.headers.get("x-seraph-loginreason", "")
        hint = _LOCKED if locked else _HINTS.get(answer.status, "")
        if answer.status != 401:
            _check_identity(answer)
        said = (*messages, *errors.values(), *filter(None, (answer.headers.get(_REASON),)))
        failure = failure_of(answer, "; ".join(said), self._clock.now(), hint)
        if answer.status in (404, 410) and path in _ALWAYS_THERE:
            failure.hint = _OTHER_KIND
        if answer.status == 413:
            return NoRoom(failure)
        if not reading and (answer.status >= 500 or answer.status == 408):
            failure.kind = TrackerFailure.UNCLEAR  # a gateway's error, or its patience, may hide a commit
        elif "project" in errors and answer.status == 400:
            failure.kind = TrackerFailure.FORBIDDEN  # a create that is not permitted is a 400 (REST v3, create issue)
        elif errors and answer.status == 400:
            return FieldsRefused(failure, errors)
        return failure

    def _authorization(self) -> str:
        token = revealed(self._api_token, "api_token")
        if self._email is None:
            return f"Bearer {token}"
        return "Basic " + base64.b64encode(f"{self._email}:{token}".encode()).decode()


def _check_identity(answer: Answer) -> None:
    """What nobody is told proves nothing. Raises TrackerError (UNAUTHORIZED)."""
    if answer.headers.get("x-ausername") == _NOBODY:
        what = f"HTTP {answer.status}: it answers as to an anonymous caller"
        raise TrackerError(TrackerFailure.UNAUTHORIZED, what, answer.where, _CREDENTIALS)


def _document(answer: Answer, unreadable: TrackerFailure) -> Json:
    try:
        document = answer.json()
    except TransportError as error:
        raise TrackerError(unreadable, error.what, error.where, error.hint) from error
    return document if isinstance(document, dict) else {}


def _said(answer: Answer) -> tuple[tuple[str, ...], dict[str, str]]:
    """Jira's own words: those of no field, and those by field."""
    try:
        document = answer.json()
    except TransportError:
        return (), {}
    if not isinstance(document, dict):
        return (), {}
    messages, errors = document.get("errorMessages"), document.get("errors")
    general = tuple(map(str, messages)) if isinstance(messages, list) else ()
    named = {str(name): f"{name}: {text}" for name, text in errors.items()} if isinstance(errors, dict) else {}
    return general, named
