"""Slots bound what is under way, and one busy key holds up no other."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from incidentd.sources.tls.slots import Slots


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 5), st.integers(1, 3))
def test_never_more_than_allowed_and_everybody_in_the_end(keys: list[str], everywhere: int, each: int) -> None:
    """In all, and for one key, whatever the order of arrival; afterwards nothing is kept."""
    running: list[str] = []
    served: list[str] = []

    async def work(slots: Slots, key: str) -> None:
        async with slots.taken(key):
            running.append(key)
            assert len(running) <= everywhere
            assert running.count(key) <= each
            await _turn()
            running.remove(key)
            served.append(key)

    async def all_of_them() -> None:
        slots = Slots(everywhere, each)
        await asyncio.gather(*(work(slots, key) for key in keys))
        assert slots.waited_for == 0

    asyncio.run(all_of_them())
    assert sorted(served) == sorted(keys)


async def _turn() -> None:
    """Lets all others run."""
    turned = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(turned.set_result, None)
    await turned


async def test_a_busy_key_holds_up_no_other() -> None:
    """With every slot of one key waited for, another key is served at once, though slots in all are few."""
    slots, release = Slots(2, 1), asyncio.Event()

    async def hold() -> None:
        async with slots.taken("busy"):
            await release.wait()

    holding = [asyncio.ensure_future(hold()) for _ in range(10)]
    await _turn()
    async with asyncio.timeout(10), slots.taken("free"):
        pass
    release.set()
    await asyncio.gather(*holding)


async def test_giving_up_gives_the_slot_back() -> None:
    """Whoever is cancelled, while waiting or inside, leaves nothing behind."""
    slots = Slots(1, 1)

    async def hold() -> None:
        async with slots.taken("a"):
            await asyncio.Event().wait()

    tasks = [asyncio.ensure_future(hold()) for _ in range(3)]
    await _turn()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(10), slots.taken("a"):
        assert slots.waited_for == 1
    assert slots.waited_for == 0
