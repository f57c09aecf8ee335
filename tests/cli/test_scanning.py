"""What a scan makes of its sources and of a hub: in process, with whatever goes wrong on either side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from incidentd.cli.scanning.hub import BegunAnew, PushHub
from incidentd.cli.scanning.sweeping import ROUNDS, Delivered, deliver_sweep
from incidentd.errors import SourceError, TransportError
from incidentd.model.inventory import Place
from incidentd.model.location import Location, Role
from incidentd.model.observation import Observation, Sweep
from incidentd.sources.interface import Progress, Source, no_progress
from incidentd.transport import Transport
from incidentd.web.app import board
from incidentd.x509.parse import parse_certificate
from tests.transport.clocks import EvenChance, HeldClock
from tests.web.pushing import OLD, PATH, TOKENS, pushed_to
from tests.web.world import OWN, START, Lived

HUB = PushHub(OWN, TOKENS["branch"])


class Fleet:
    """So many places that all show one certificate."""

    name = "edge"

    def __init__(self, places: int = 1) -> None:
        self.places = places
        self.sweeps = 0

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        """All of them."""
        self.sweeps += 1
        certificate: Any = parse_certificate(OLD.der)
        where = (Location(f"tls://{n}.test:443", self.name, Role.SERVED) for n in range(self.places))
        return Sweep(
            self.name, START, START, tuple(Observation(one, "192.0.2.1", (certificate,), START) for one in where)
        )


class Broken:
    """One that fails before it looks at anything."""

    name = "broken"

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        """Nothing."""
        raise SourceError("there is no such cluster", "broken")


async def delivered(app: Any, sources: Mapping[str, Source], hub: PushHub = HUB) -> Delivered:
    """One scan."""
    clock = HeldClock(START)
    transport = Transport(clock, EvenChance(), apps={OWN: app})
    return await deliver_sweep(sources, hub, transport, clock, no_progress)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Lived]:
    """A hub that takes three places."""
    async with pushed_to(tmp_path) as hub:
        yield hub


def app_of(world: Lived) -> Any:
    """Its board."""
    return board(world.installation, world.status, world.door)


def standing_in(get: Response | None = None, post: Response | None = None, world: Lived | None = None) -> Any:
    """A hub, or what stands before it, that answers just so; without an answer, the real one does."""

    async def answer(request: Request) -> Response:
        said = get if request.method == "GET" else post
        assert said is not None
        return said

    routes = [Route(PATH, answer, methods=[method]) for method, said in (("GET", get), ("POST", post)) if said]
    if world is None:
        return Starlette(routes=routes)

    async def either(scope: Any, receive: Any, send: Any) -> None:
        asked = get if scope["method"] == "GET" else post
        await (app_of(world) if asked is None else Starlette(routes=routes))(scope, receive, send)

    return either


async def test_a_source_that_breaks_is_a_problem_and_the_others_are_pushed(world: Lived) -> None:
    """Its places are not looked at; it is told for what it is, here and there."""
    done = await delivered(app_of(world), {"edge": Fleet(), "broken": Broken()})
    assert done.problems == ("a source failed: broken: broken: there is no such cluster",)
    record = world.installation.store.inventory().sweeps["branch"]
    assert (record.sequence, record.failure) == (1, "its pusher says: broken: broken: there is no such cluster")


async def test_too_many_places_are_not_pushed(world: Lived) -> None:
    """Nor a part of them: what is left out would look gone."""
    with pytest.raises(
        TransportError, match=r"the hub takes 3 places of branch, and there are 4.*most_places"
    ) as refused:
        await delivered(app_of(world), {"edge": Fleet(4)})
    assert refused.value.sent is False
    assert world.installation.store.inventory().sweeps == {}


async def test_a_sweep_is_begun_anew_a_few_times(world: Lived) -> None:
    """Then somebody should hear of it: two machines may share a token."""
    fleet, late = Fleet(), JSONResponse({"error": "another sweep was recorded"}, 409)
    with pytest.raises(BegunAnew, match="another sweep was recorded"):
        await delivered(standing_in(post=late, world=world), {"edge": fleet})
    assert fleet.sweeps == ROUNDS


@pytest.mark.parametrize(
    ("get", "post", "said"),
    [
        (PlainTextResponse("<html>please log in</html>"), None, "its answer is not understood"),
        (JSONResponse({"source": "branch"}), None, "its answer is not understood"),
        (JSONResponse({"error": "\x1b[2J no"}, 500), None, "HTTP 500"),
        (JSONResponse(["no"], 500), None, "HTTP 500"),
        (None, PlainTextResponse("<html>413</html>", 413), "a proxy in between may take smaller bodies only"),
        (None, PlainTextResponse("no", 403), "it does not take the token"),
        (None, PlainTextResponse("fine"), "is not JSON"),
    ],
)
async def test_what_stands_between_is_told_for_what_it_is(
    world: Lived, get: Response | None, post: Response | None, said: str
) -> None:
    """A login page, a proxy, another program; whatever it says does nothing to a terminal."""
    with pytest.raises(TransportError) as refused:
        await delivered(standing_in(get, post, world), {"edge": Fleet()})
    assert said in str(refused.value) and "\x1b" not in str(refused.value)
