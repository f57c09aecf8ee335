"""A mirror of one list of the API: listed page by page, then kept true by a watch; listed anew when in doubt.

What it shows was either listed just now, or has been watched without a break since it was. A deleted object is known
to be deleted only because a whole list, or an unbroken watch, does not have it.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Generic, TypeVar

from incidentd.model.observation import GapReason
from incidentd.ports import Clock, Worker
from incidentd.sources.kubernetes.asking import Api, Query
from incidentd.sources.kubernetes.decode import Event, EventType, ListAnswer, read_event, read_list
from incidentd.sources.kubernetes.objects import Kind, Object, name_of
from incidentd.sources.kubernetes.refusal import Refusal, refusal_of_status
from incidentd.sources.kubernetes.scrub import Broken
from incidentd.sources.kubernetes.wiping import Page

T = TypeVar("T")
Name = tuple[str | None, str]
Beat = Callable[[], None]
"""A sign of life."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is asked for at once, and how long what is known is good for."""

    page_size: int = 250
    most_page_bytes: int = 8 * 1024 * 1024
    """Any one object fits (etcd takes 1.5 MiB); a page that is larger is asked for again with half as many objects."""
    starts_again: int = 3
    """So often a list that expired under our hands is begun anew in one sweep."""
    resync_seconds: float = 1800.0
    watch_seconds: int = 300
    """After so long the server is to end a watch by itself."""
    silence_seconds: float = 120.0
    """A server sends a bookmark about every minute: one that is silent for longer has gone."""
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """One list: a kind, in one namespace or in all, and of what type or with which labels."""

    kind: Kind
    namespace: str | None = None
    selectors: tuple[tuple[str, str], ...] = ()
    """`fieldSelector` and `labelSelector`."""

    @property
    def path(self) -> str:
        """Where the API has it."""
        return self.kind.resource.path(self.namespace)


@dataclass(slots=True)
class Reflector(Generic[T]):
    """Shows one list as it is now. `keep` makes of each object what is remembered of it. One task uses it at a time."""

    wanted: Wanted
    api: Api
    keep: Callable[[Object], T]
    clock: Clock
    worker: Worker
    pace: Pace
    _kept: dict[Name, T] = field(default_factory=dict)
    _version: str = ""
    _limit: int = 0
    """How many objects fit into a page, where the usual number does not."""
    _listed_at_seconds: float = 0.0
    _heard_at_seconds: float | None = None
    """Monotonic time of the last word of a watch that is open; None while none is."""
    _task: "asyncio.Task[None] | None" = None

    async def show(self, *, watches: bool, beat: Beat) -> Mapping[Name, T]:
        """All there is now. `watches` keeps it true from here on; `beat` is called after each page. Raises Refusal."""
        if not self._is_current():
            await self.close()
            await self._list(beat)
        if watches and self._version and self._task is None:
            self._task = asyncio.create_task(self._watch())
        return dict(self._kept)

    async def close(self) -> None:
        """Ends the watch; what was shown is not current any more."""
        task, self._task = self._task, None
        self._heard_at_seconds = None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    def _is_current(self) -> bool:
        if self._heard_at_seconds is None or self._task is None or self._task.done():
            return False
        now = self.clock.monotonic()
        is_young = now - self._heard_at_seconds <= self.pace.silence_seconds
        return is_young and now - self._listed_at_seconds <= self.pace.resync_seconds

    async def _list(self, beat: Beat) -> None:
        """A whole list, which counts only once its last page is there. Raises Refusal."""
        page = Page(self.pace.most_page_bytes)
        for _ in range(self.pace.starts_again):
            begun_at_seconds = self.clock.monotonic()
            try:
                self._kept, self._version = await self._pages(page, beat)
            except Refusal as refusal:
                if not refusal.is_gone:
                    raise
            else:
                self._listed_at_seconds = begun_at_seconds
                return
            finally:
                page.wipe()
        raise refusal_of_status(HTTPStatus.GONE)

    async def _pages(self, page: Page, beat: Beat) -> tuple[dict[Name, T], str]:
        kept: dict[Name, T] = {}
        query = dict(self.wanted.selectors)
        while True:
            await self._page(query, page)
            answer, values = await self.worker.run(lambda: self._decoded(page))
            beat()
            for name, value in zip(map(name_of, answer.objects), values, strict=True):
                before = self._kept.get(name)
                # What did not change is not held twice while the list is read.
                kept[name] = before if before is not None and before == value else value
            if not answer.token:
                return kept, answer.version
            if answer.token == query.get("continue"):
                raise Refusal(GapReason.UNREADABLE, "the list has no end: one page leads to itself")
            query["continue"] = answer.token

    async def _page(self, query: Query, page: Page) -> None:
        """The next page, as large as may be; what proved to be too large once is not tried again."""
        while True:
            page.wipe()
            limit = self._limit or self.pace.page_size
            try:
                await self.api.read(self.wanted.path, {**query, "limit": str(limit)}, page)
                return
            except Refusal as refusal:
                if refusal.reason is not GapReason.TOO_LARGE or limit == 1:
                    raise
                self._limit = limit // 2

    def _decoded(self, page: Page) -> tuple[ListAnswer, list[T]]:
        try:
            answer = read_list(self.wanted.kind, page.view)
            return answer, [self.keep(one) for one in answer.objects]
        except Broken as broken:
            raise Refusal(GapReason.UNREADABLE, str(broken)) from None

    async def _watch(self) -> None:
        """Follows what changes until it is cancelled, or until only a new list can help."""
        wait_seconds = self.pace.first_wait_seconds
        while True:
            try:
                if await self._follow():
                    wait_seconds = self.pace.first_wait_seconds
                    continue
                # Whatever stands before the API server may answer at once with nothing: then nothing was watched.
                self._heard_at_seconds = None
            except (Refusal, Broken) as trouble:
                self._heard_at_seconds = None
                if isinstance(trouble, Broken) or trouble.is_gone or trouble.reason is GapReason.PERMISSION:
                    return
            await self.clock.sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, self.pace.longest_wait_seconds)

    async def _follow(self) -> bool:
        """One watch from its beginning to its end; whether it said anything. Raises Refusal, Broken."""
        query = {
            **dict(self.wanted.selectors),
            "watch": "true",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(self.pace.watch_seconds),
        }
        page, spoke = Page(self.pace.most_page_bytes), False
        try:
            async with aclosing(self.api.lines(self.wanted.path, query, page, self.pace.silence_seconds)) as lines:
                async for line in lines:
                    if line:
                        self._apply(read_event(self.wanted.kind, line))
                        spoke = True
                    self._heard_at_seconds = self.clock.monotonic()
        finally:
            page.wipe()
        return spoke

    def _apply(self, event: Event) -> None:
        if _is_before(event.version, self._version):
            raise refusal_of_status(HTTPStatus.GONE)  # its state was restored: what happened since is not told
        match event.type:
            case EventType.ERROR:
                code = event.object.get("code")
                raise refusal_of_status(code if isinstance(code, int) else HTTPStatus.INTERNAL_SERVER_ERROR)
            case EventType.DELETED:
                self._kept.pop(name_of(event.object), None)
            case EventType.ADDED | EventType.MODIFIED:
                self._kept[name_of(event.object)] = self.keep(event.object)
        self._version = event.version or self._version


def _is_before(version: str, other: str) -> bool:
    """True where both are numbers, as etcd gives them, and the first is the smaller: a watch only goes on."""
    both_numbers = version.isdecimal() and other.isdecimal()
    return both_numbers and (len(version), version) < (len(other), other)
