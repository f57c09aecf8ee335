"""A process of its own that works on a state: `python -m tests.store.rival URL NAME TASK`, answers in one word.

It says `ready` and waits for a line on stdin, so that several start at once.
"""

import os
import sys
from datetime import timedelta

from incidentd.errors import StoreError
from incidentd.store.interface import Decided
from incidentd.store.opening import open_store
from incidentd.store.sql import SqlStore
from tests.store.examples import LASTS, MINUTE, NOW, intent, leased, record


def work(url: str, name: str, task: str) -> str:
    """Does one task; the answer."""
    store = open_store(url)
    match task:
        case "lease":
            return "held" if store.acquire("reconcile", name, LASTS, NOW) else "waits"
        case "calls":
            taken = (store.take_call("events", 10, MINUTE, NOW) for _ in range(8))
            return str(sum(wait == timedelta(0) for wait in taken))
        case "incident":
            return incident(store, name)
        case _:  # dies with everything open, right after the commit
            store.commit([Decided(record(), intent())], leased(store), NOW)
            os._exit(9)


def incident(store: SqlStore, name: str) -> str:
    """Tries to open the one incident under a lease of its own."""
    try:
        store.commit([Decided(record(), intent())], leased(store, name, name), NOW)
    except StoreError as error:
        return "refused" if "rule" in error.what else error.what
    return "opened"


if __name__ == "__main__":
    print("ready", flush=True)
    sys.stdin.readline()
    print(work(*sys.argv[1:]), flush=True)
