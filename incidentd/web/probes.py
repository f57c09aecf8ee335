"""Probes: whether it lives, whether it is ready, and the metrics. For orchestrators and Prometheus; plain text."""

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from incidentd.daemon.telemetry import Telemetry
from incidentd.planning.sanitize import sanitize
from incidentd.web.door import Door
from incidentd.web.reads import Reads

LINE_CUT = 500


class Probes:
    """The three addresses that machines ask."""

    def __init__(self, reads: Reads, door: Door) -> None:
        self._reads = reads
        self._door = door
        self._telemetry = Telemetry(reads.installation, reads.status)

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/healthz", self.lives),
            Route("/readyz", self.is_ready),
            Route("/metrics", self.metrics),
        ]

    async def lives(self, request: Request) -> Response:
        """200 while every task of the loop goes round, else 503."""
        hanging = self._reads.status.stalled(self._reads.installation.clock.monotonic())
        if not hanging:
            return PlainTextResponse("alive\n")
        return PlainTextResponse(self._lines(request, "stalled", [f"{task} hangs" for task in hanging]), 503)

    async def is_ready(self, request: Request) -> Response:
        """200 when it is ready, else 503 with each cause; warnings stand below either."""
        causes = await self._reads.not_ready()
        warnings = [f"warning: {text}" for text in self._reads.status.warnings()]
        verdict = "not ready" if causes else "ready"
        return PlainTextResponse(self._lines(request, verdict, [*causes, *warnings]), 503 if causes else 200)

    async def metrics(self, request: Request) -> Response:
        """What daemon.telemetry lists, in the text format. Concentrations are looked for first, where that is due."""
        await self._reads.review()
        return Response(self._telemetry.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    def _lines(self, request: Request, verdict: str, said: list[str]) -> str:
        """The verdict is for anybody, the causes name sources and places: they are for those who may see the board."""
        shown = said if self._door.admits(request) else []
        return "".join(f"{line}\n" for line in [verdict, *(sanitize(one, LINE_CUT) for one in shown)])
