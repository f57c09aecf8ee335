"""Faults on demand: which request gets which misfortune, as a scripted list. Nothing here is random.

    pagerduty.faults.add(lost_answer(), method="POST", path="/v2/enqueue")           # the next one
    jira.faults.add(answer_after_commit(502), method="POST", path="/rest/api/3/issue", nth=2)
    jira.faults.add(too_many(retry_after_seconds=30), method="GET", path="/rest/api/3/.*", times=None)

A cut connection is the exception `AnswerLost`, raised by the ASGI application after (or before) its work. In process
(httpx.ASGITransport) it comes out of the client's call as it is; served by `sandbox.serving` the socket is closed and
the client sees a protocol or read error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

HTML_502 = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class AnswerLost(ConnectionResetError):
    """The connection went away with no whole answer; whether the work was done, only the sandbox knows."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, headers in order, body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first header of that name (any case), or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def with_header(self, name: str, value: str) -> Answer:
        """The same answer with this header in place of any of that name."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return Answer(self.status, (*kept, (name, value)), self.body)


@dataclass(frozen=True, slots=True)
class Fault:
    """One misfortune. Without `answer` and `cut`, the true answer goes out, delayed or damaged as the rest says."""

    kind: str
    answer: Answer | None = None
    cut: bool = False
    commit: bool = True  # the work is done before the fault strikes
    before_seconds: float = 0.0
    after_seconds: float = 0.0
    keep_bytes: int | None = None
    announce_all: bool = False  # with keep_bytes: promise the whole length, then cut
    content_type: str | None = None


def answer(status: int, headers: Mapping[str, str] | None = None, body: str = "", commit: bool = False) -> Fault:
    """This answer instead of the work; the body's type is JSON unless a header says otherwise."""
    named = {"Content-Type": "application/json", **(headers or {})}
    return Fault("answer", Answer(status, tuple(named.items()), body.encode()), commit=commit)


def too_many(retry_after_seconds: int | str | None = None) -> Fault:
    """429 before the work, with Retry-After (seconds, or any text) or without."""
    return answer(429, {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)})


def unavailable(retry_after_seconds: int | None = None) -> Fault:
    """503 before the work."""
    return answer(503, {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)})


def unauthorized() -> Fault:
    """401 before the work, as when a token ends in the middle of a run."""
    return answer(401)


def answer_after_commit(status: int = 502) -> Fault:
    """The work is done, and a gateway's HTML page says that it was not."""
    page = HTML_502.replace(b"502 Bad Gateway", b"%d Error" % status) if status != 502 else HTML_502
    return Fault("answer_after_commit", Answer(status, (("Content-Type", "text/html"),), page))


def lost_answer() -> Fault:
    """The work is done, and the connection is cut without a byte."""
    return Fault("lost_answer", cut=True)


def lost_request() -> Fault:
    """The connection is cut before any work is done."""
    return Fault("lost_request", cut=True, commit=False)


def delayed(before_seconds: float = 0.0, after_seconds: float = 0.0) -> Fault:
    """The true answer, late: waiting before the work, after it, or both."""
    return Fault("delayed", before_seconds=before_seconds, after_seconds=after_seconds)


def truncated(keep_bytes: int = 20) -> Fault:
    """The work is done; the body is cut short, and the length agrees with what is left."""
    return Fault("truncated", keep_bytes=keep_bytes)


def half_answer(keep_bytes: int = 20) -> Fault:
    """The work is done; the whole length is announced, and the connection is cut in the middle of the body."""
    return Fault("half_answer", keep_bytes=keep_bytes, announce_all=True)


def wrong_content_type(content_type: str = "text/html") -> Fault:
    """The true answer under another media type."""
    return Fault("wrong_content_type", content_type=content_type)


def redirect(location: str, status: int = 302) -> Fault:
    """A redirect instead of the work, as a proxy's login page would send."""
    return answer(status, {"Location": location})


BY_NAME: Mapping[str, Callable[..., Fault]] = {
    build.__name__: build
    for build in (
        answer,
        too_many,
        unavailable,
        unauthorized,
        answer_after_commit,
        lost_answer,
        lost_request,
        delayed,
        truncated,
        half_answer,
        wrong_content_type,
        redirect,
    )
}


@dataclass(slots=True)
class Rule:
    """A fault and the requests that it strikes: matches number `nth` (from 1) and the following, `times` in all."""

    fault: Fault
    method: str = "*"
    path: str = ".*"  # regular expression over the whole path, without the query
    nth: int = 1
    times: int | None = 1  # None: for ever
    seen: int = 0
    struck: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Counts the request if it matches, and says whether it is one to be struck."""
        if self.method not in ("*", method) or not re.fullmatch(self.path, path):
            return False
        self.seen += 1
        due = self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)
        self.struck += due
        return due


@dataclass(slots=True)
class Script:
    """The rules of one sandbox, asked in order; the first that strikes wins, and every rule counts each request."""

    rules: list[Rule] = field(default_factory=list)

    def add(self, fault: Fault, method: str = "*", path: str = ".*", nth: int = 1, times: int | None = 1) -> Rule:
        """Scripts a fault; `nth` counts matching requests from this moment on."""
        rule = Rule(fault, method, path, nth, times)
        self.rules.append(rule)
        return rule

    def add_json(self, order: Mapping[str, Any]) -> Rule:
        """Scripts `{"fault": {"kind": "too_many", …}, "method", "path", "nth", "times"}`; ValueError if unknown."""
        wish = dict(order["fault"])
        kind = wish.pop("kind", None)
        if kind not in BY_NAME:
            raise ValueError(f"no fault is called {kind!r}; there are {', '.join(BY_NAME)}")
        where = {key: order[key] for key in ("method", "path", "nth", "times") if key in order}
        return self.add(BY_NAME[kind](**wish), **where)

    def clear(self) -> None:
        """Forgets every rule."""
        self.rules.clear()

    def pick(self, method: str, path: str) -> Fault | None:
        """The fault for this request, if one is due."""
        striking = [rule for rule in self.rules if rule.strikes(method, path)]
        return striking[0].fault if striking else None
