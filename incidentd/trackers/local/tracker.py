"""The built-in queue as a tracker. It shares the state's database, so nothing is uncertain and no index lags."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from incidentd.errors import StoreError, TrackerError, TrackerFailure
from incidentd.model.ticket import (
    Comment,
    Confirmed,
    Outcome,
    Rejected,
    Retryable,
    Standing,
    Ticket,
    TicketContent,
    TicketRef,
    TicketStatus,
)
from incidentd.ports import Clock, Worker
from incidentd.trackers.interface import NOTHING_WRITTEN, LocalQueue

T = TypeVar("T")


class LocalTracker:
    """Implements Tracker over the queue that the store holds. Nobody edits its fields, so none is ever left alone."""

    settle_window = timedelta(0)

    def __init__(self, name: str, queue: LocalQueue, worker: Worker, clock: Clock) -> None:
        self.name = name
        self._queue = queue
        self._worker = worker
        self._clock = clock

    async def read(self, wanted: Sequence[TicketRef]) -> tuple[Ticket, ...]:
        return await self._look(lambda: self._queue.local_read([ref.id for ref in wanted]))

    async def find(self, key: str, marker: str) -> tuple[Ticket, ...]:
        return await self._look(lambda: self._queue.local_find(marker))

    async def duplicates(self, standing: Iterable[Standing]) -> Mapping[str, tuple[Ticket, ...]]:
        return {}  # a marker has one open ticket at most: the database itself refuses another one

    async def open(self, content: TicketContent) -> Outcome:
        at = self._clock.now()
        return await self._change(lambda: self._queue.local_open(content, at), content)

    async def update(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        at = self._clock.now()
        return await self._change(lambda: self._queue.local_write(ref.id, at, content, comments, None), content)

    async def comment(self, ref: TicketRef, comments: Sequence[Comment]) -> Outcome:
        at = self._clock.now()
        return await self._change(lambda: self._queue.local_write(ref.id, at, None, comments, None), None)

    async def reopen(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        at = self._clock.now()

        def work() -> Ticket:
            # A marker has one open ticket at most: where another one stands open, that one is it.
            standing = [t for t in self._queue.local_find(content.marker) if t.status is TicketStatus.OPEN]
            id = standing[0].ref.id if standing else ref.id
            return self._queue.local_write(id, at, content, comments, False)

        return await self._change(work, content)

    async def merge(self, ref: TicketRef, duplicates: Sequence[TicketRef], key: str, note: Comment) -> Outcome:
        for duplicate in duplicates:
            closed = await self.close(duplicate, key, note)
            if not isinstance(closed, Confirmed):
                return closed
        return Confirmed(ref)

    async def close(
        self, ref: TicketRef, key: str, note: Comment, written: Mapping[str, str] = NOTHING_WRITTEN
    ) -> Outcome:
        at = self._clock.now()
        return await self._change(lambda: self._queue.local_write(ref.id, at, None, (note,), True), None)

    async def clock(self) -> datetime | None:
        return None

    async def _look(self, work: Callable[[], T]) -> T:
        try:
            return await self._worker.run(work)
        except StoreError as error:
            raise TrackerError(TrackerFailure.UNAVAILABLE, error.what, error.where, error.hint) from error

    async def _change(self, work: Callable[[], Ticket], content: TicketContent | None) -> Outcome:
        try:
            ticket = await self._worker.run(work)
        except StoreError as error:
            # One transaction: what failed was not done.
            return Retryable(str(error))
        if ticket.status is TicketStatus.MISSING:
            return Rejected(f"{ticket.ref.key} does not exist in the local queue")
        written = {} if content is None else {"title": content.title, "severity": content.severity.value}
        return Confirmed(ticket.ref, written)
