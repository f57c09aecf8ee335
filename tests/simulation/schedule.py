"""Schedules: a life written down. Which tracker, how many replicas, what happens when, and which step goes wrong how.

A schedule is a plain value with a literal form, so that one that fails is pasted into a test as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Step(StrEnum):
    """What a process does to the world, one at a time."""

    STATE = "state"  # a transaction of the database
    CALL = "call"  # a request to a tracker
    LOOK = "look"  # a handshake or a name that is resolved


class Counted(StrEnum):
    """How the step that goes wrong is counted, from 1 and over all processes."""

    ANY = "any"
    CALL = "call"
    WRITE = "write"  # a request that asks for a change


class Misfortune(StrEnum):
    """What goes wrong at a step."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    PAUSE_60 = "pause 60 s"
    PAUSE_900 = "pause 900 s"
    NOT_DONE = "not done"  # the request never arrives; the database is locked; the handshake times out
    ANSWER_LOST = "answer lost"  # done, and nobody is told
    DISK_FULL = "disk full"  # a call: 503
    LATE = "late"  # a call: it arrives after its sender gave up
    THROTTLED = "throttled"  # a call: 429 with Retry-After
    BAD_GATEWAY = "bad gateway"  # a call: done, and a gateway says that it was not
    FORBIDDEN = "forbidden"  # a call: 403
    HALF_ANSWER = "half answer"  # a call: done, and the body is cut short
    CLOCK_AHEAD = "clock ahead"  # this process's wall clock is 400 days ahead for a while
    CLOCK_BACK = "clock back"  # it is two hours behind for a while


class Event(StrEnum):
    """What the world does on its own."""

    RENEW = "renew"  # a successor at one address
    ROLL_BACK = "roll back"  # the old certificate at one address again
    MISDEPLOY = "misdeploy"  # a certificate for another name at one address
    UNREACHABLE = "unreachable"  # one address times out for half an hour
    PERSON_CLOSES = "person closes"
    MACHINE_CLOSES = "machine closes"
    PERSON_RETITLES = "person retitles"
    PERSON_COMMENTS = "person comments"
    PERSON_CLONES = "person clones"
    PERSON_TAKES = "person takes"  # acknowledges, or moves it to another project
    TWIN = "twin"  # our own account makes a second ticket behind the daemon's back
    TRACKER_DOWN = "tracker down"  # 503 for twenty minutes
    RESTART = "restart"  # a rolling upgrade: stopped in order, started again
    RESTART_BEHIND = "restart behind"  # the same, on a machine whose clock is two hours behind for a while
    FILE_RENEWED = "file renewed"  # a successor in the place of what is stored in one file
    FILE_REMOVED = "file removed"  # somebody deletes one file
    FILE_SPOILT = "file spoilt"  # one file is there, and cannot be read
    FILE_TORN = "file torn"  # one file is half written
    FILE_STRAY = "file stray"  # something unreadable lies among the files
    FOLDER_EMPTIED = "folder emptied"  # the folder answers, and holds nothing
    FOLDER_HALVED = "folder halved"  # every other file is missing from it
    FOLDER_GONE = "folder gone"
    FOLDER_BACK = "folder back"  # all files are as they should be
    STORED = "stored"  # the successor of what is served lies among the files, and is not deployed
    MOVE = "move"  # a person moves the incident to the other tracker, where there is one
    STATE_LOST = "state lost"
    STATE_OLD = "state old"  # the database as it was half an hour before


class Beside(StrEnum):
    """What the other vendor's tracker is there for."""

    NOTHING = "nothing"  # there is none
    PAGES = "pages"  # each incident pages there from error on
    MOVES = "moves"  # incidents may be moved there


PLAINLY_DUE = 50 * 24 * 60
"""Minutes to an expiry that is well inside the three months and far from every step."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The `nth` step of a kind goes wrong."""

    nth: int
    misfortune: Misfortune
    counted: Counted = Counted.ANY


@dataclass(frozen=True, slots=True)
class Happening:
    """Something happens, at a minute of the schedule; `place` says to which address or replica."""

    minute: int
    event: Event
    place: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """One life, from an empty state to rest."""

    seed: int
    """Of all chance that is not written down: jitter and names of owners."""
    tracker: str
    """`pagerduty` or `jira`."""
    replicas: int = 1
    addresses: int = 1
    """So many servers of the one name."""
    ends_in_minutes: int = PLAINLY_DUE
    """When the certificate expires, counted from the beginning."""
    lag_seconds: int = 0
    """How far Jira's index, or PagerDuty's processing, is behind."""
    happenings: tuple[Happening, ...] = ()
    faults: tuple[Fault, ...] = ()
    quota: int = 50
    """`guard.open_per_hour`."""
    files: int = 0
    """So many certificates are stored in a folder beside, a file each."""
    beside: Beside = Beside.NOTHING
    on_server: bool = False
    """The state is on a PostgreSQL; else in a file."""

    def without_faults(self) -> Schedule:
        """The same life, and all goes well."""
        return replace(self, faults=())
