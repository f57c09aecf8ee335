"""The API: the same documents as the commands print with `--json`, over HTTP. Reading only."""

import json
from collections.abc import Callable
from itertools import islice

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from incidentd.daemon.deciding import Decision
from incidentd.daemon.installation import pushed_sources
from incidentd.model.blindness import Cause
from incidentd.model.inventory import SweepRecord
from incidentd.planning.concentrating import concentration_document
from incidentd.planning.documents import (
    SCHEMA_VERSION,
    Document,
    gaps_document,
    incidents_document,
    list_document,
    plan_document,
)
from incidentd.planning.phrases import rfc3339
from incidentd.planning.promise import promise_document, register
from incidentd.planning.sanitize import sanitize
from incidentd.planning.self_wording import told_of
from incidentd.sources.pushed.source import last_heard_at
from incidentd.web.openapi import openapi_document
from incidentd.web.reads import Reads

MOST_ROWS = 10_000
"""What one answer holds at most; `left_off` says how many rows there are beyond it."""
API = "/api/v1"
_NOT_YET = "the first reconcile is not done yet"


class Api:
    """The documents, each at its address."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._openapi = encoded(openapi_document())

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route(f"{API}/incidents", self.incidents),
            Route(f"{API}/certificates", self.certificates),
            Route(f"{API}/plan", self.plan),
            Route(f"{API}/promise", self.promise),
            Route(f"{API}/gaps", self.gaps),
            Route(f"{API}/concentration", self.concentration),
            Route(f"{API}/health", self.health),
            Route(f"{API}/openapi.json", self.openapi),
        ]

    async def incidents(self, request: Request) -> Response:
        """Open, held and closed, newest first."""
        history = await self._reads.history()
        decision = self._reads.status.decision
        assessments = decision.assessments if decision else {}
        desired = decision.incidents.values() if decision else ()

        def work() -> Document:
            owners = {incident.certificate.fingerprint: incident.owner for incident in desired}
            document = incidents_document(history[:MOST_ROWS], assessments, owners)
            return {**document, "left_off": max(len(history) - MOST_ROWS, 0)}

        return await self._made(work)

    async def certificates(self, request: Request) -> Response:
        """The inventory, soonest end first."""
        return await self._decided(_certificates)

    async def plan(self, request: Request) -> Response:
        """What the last reconcile made of it, with what the guard holds."""
        own = self._reads.status.own.plan
        return await self._decided(lambda decision: plan_document(decision.plan, own))

    async def promise(self, request: Request) -> Response:
        """Every production certificate inside its window, with its incident or its exemption."""
        return await self._decided(_promise)

    async def gaps(self, request: Request) -> Response:
        """What cannot be seen."""
        return await self._decided(lambda decision: gaps_document(decision.inventory))

    async def concentration(self, request: Request) -> Response:
        """What would fail together."""
        review = await self._reads.review()
        if review is None:
            return unavailable(_NOT_YET)
        return await self._made(lambda: concentration_document(review))

    async def health(self, request: Request) -> Response:
        """What /readyz says, with the sources one by one."""
        return _answer(await health_document(self._reads))

    async def openapi(self, request: Request) -> Response:
        """What all this looks like, for machines."""
        return Response(self._openapi, media_type="application/json")

    async def _decided(self, work: Callable[[Decision], Document]) -> Response:
        decision = self._reads.status.decision
        if decision is None:
            return unavailable(_NOT_YET)
        return await self._made(lambda: work(decision))

    async def _made(self, work: Callable[[], Document]) -> Response:
        """Large documents are made and written off the event loop."""
        return Response(await self._reads.aside(lambda: encoded(work())), media_type="application/json")


def unavailable(why: str) -> Response:
    """503 with the reason; worth asking again soon."""
    body = {"schema_version": SCHEMA_VERSION, "error": sanitize(why, 500)}
    return JSONResponse(body, 503, headers={"retry-after": "5"})


async def health_document(reads: Reads) -> Document:
    """Whether it is ready, what stops it, what deserves saying, and each source."""
    status, causes = reads.status, await reads.not_ready()
    oldest = status.outbox_oldest_at
    return {
        "schema_version": SCHEMA_VERSION,
        "ready": not causes,
        "causes": [sanitize(cause, 500) for cause in causes],
        "warnings": [sanitize(warning, 500) for warning in status.warnings()],
        "instance": reads.installation.instance,
        "observes_only": reads.installation.observes_only,
        "started_at": rfc3339(status.started_at),
        "reconciled_at": rfc3339(status.last_reconciled_at) if status.last_reconciled_at else None,
        "outbox": {"waiting": len(status.outbox), "oldest_at": rfc3339(oldest) if oldest else None},
        "blind_to": [_cause(cause) for cause in status.own.judged.holding],
        "heartbeat": {
            "heard_at": rfc3339(status.heartbeat_at) if status.heartbeat_at else None,
            "silent": sanitize(status.own.incomplete, 500) if reads.installation.heartbeat else "",
            "problem": sanitize(status.heartbeat_problem, 500),
        },
        "sources": [_source(reads, name, status.sweeps.get(name)) for name in sorted(status.expected_sources)],
    }


def _cause(cause: Cause) -> Document:
    return {
        "cause": str(cause.id),
        "since": rfc3339(cause.since),
        "severity": cause.step.severity.value,
        "text": told_of(cause),
    }


def _source(reads: Reads, name: str, sweep: SweepRecord | None) -> Document:
    """`pushed_at` is null for what is swept from here, and for what nobody has pushed yet."""
    heard_at = last_heard_at(sweep) if name in pushed_sources(reads.installation) else None
    return {
        "source": name,
        "swept_at": rfc3339(sweep.finished_at) if sweep else None,
        "complete": sweep is not None and sweep.complete,
        "failure": sanitize(sweep.failure, 500) if sweep and sweep.failure else None,
        "pushed_at": rfc3339(heard_at) if heard_at else None,
    }


def _certificates(decision: Decision) -> Document:
    known, assessments = decision.inventory.certificates, decision.assessments
    soonest = sorted(assessments, key=lambda fingerprint: (known[fingerprint].not_after, fingerprint))
    chosen = {fingerprint: assessments[fingerprint] for fingerprint in islice(soonest, MOST_ROWS)}
    return {**list_document(decision.inventory, chosen), "left_off": max(len(assessments) - MOST_ROWS, 0)}


def _promise(decision: Decision) -> Document:
    entries = register(decision.assessments.values(), decision.inventory.certificates, decision.records)
    return {**promise_document(entries[:MOST_ROWS]), "left_off": max(len(entries) - MOST_ROWS, 0)}


def _answer(document: Document) -> Response:
    return Response(encoded(document), media_type="application/json")


def encoded(document: Document) -> bytes:
    """ASCII: whatever a name holds, it does nothing to whoever looks at the bytes."""
    return json.dumps(document, separators=(",", ":")).encode("ascii")
