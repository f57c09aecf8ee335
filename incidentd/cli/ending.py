"""Running what is asynchronous to its end, and having what it came to."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """What it returns; raises what it raises.

    It is kept from the task that runs it: asyncio.run puts that task, and with it its result, into words for nobody
    (signal.getsignal tries its handler of SIGINT as a name, and says in vain what it is). Of a fleet of thousands that
    takes seconds, and more memory than all the rest.
    """
    done: list[T] = []

    async def keeps_it() -> None:
        done.append(await work)

    asyncio.run(keeps_it())
    return done[0]
