"""The application: every address there is, behind the door."""

from collections.abc import Awaitable, Callable
from importlib.resources import files

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from incidentd.daemon.announcing import NotAnnounced
from incidentd.daemon.installation import Installation
from incidentd.daemon.status import Status
from incidentd.errors import IncidentdError
from incidentd.planning.documents import SCHEMA_VERSION
from incidentd.web.api import API, Api, unavailable
from incidentd.web.door import PUSHED_TO, Door, Entrance
from incidentd.web.observations import ObservationsApi
from incidentd.web.pages import Board
from incidentd.web.probes import Probes
from incidentd.web.reads import Reads
from incidentd.web.releases import ReleasesApi

STATIC = {"board.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
STATIC_SECONDS = 300


def board(installation: Installation, status: Status, door: Door) -> ASGIApp:
    """The whole web side of one installation; it reads `status` while the loop keeps it up."""
    reads = Reads(installation, status)
    pages = Board(reads)

    def missing(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(API):
            return JSONResponse({"schema_version": SCHEMA_VERSION, "error": "there is no such document"}, 404)
        return pages.missing()

    def failed(request: Request, error: Exception) -> Response:
        if isinstance(error, NotAnnounced):
            return JSONResponse({"schema_version": SCHEMA_VERSION, "error": str(error)}, 404)
        return unavailable(str(error)) if request.url.path.startswith(API) else pages.failed(str(error))

    releases = ReleasesApi(reads, f"{API}/releases")
    routes = [
        *Probes(reads, door).routes(),
        *Api(reads).routes(),
        *releases.routes(),
        *ObservationsApi(reads, PUSHED_TO).routes(),
        *pages.routes(),
        *_static(),
    ]
    app = Starlette(routes=routes, exception_handlers={404: missing, IncidentdError: failed})
    app.router.redirect_slashes = False
    return Entrance(app, door)


def _static() -> list[Route]:
    """Our own files, read once; nothing else on the disk can be asked for."""
    return [Route(f"/static/{name}", _file(name, media_type)) for name, media_type in STATIC.items()]


def _file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    content = files("incidentd.web").joinpath("static", name).read_bytes()

    async def static(request: Request) -> Response:
        return Response(content, media_type=media_type, headers={"cache-control": f"max-age={STATIC_SECONDS}"})

    return static
