"""The pages for people: the board first, then certificates, one certificate, the plan, and incidentd's own health."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from incidentd.daemon.deciding import Decision
from incidentd.model.incident import IncidentState, incident_key, page_key
from incidentd.planning.announcing import planned_words, release_document
from incidentd.planning.concentrating import remarks
from incidentd.planning.guard import plan_hash
from incidentd.planning.phrases import instant
from incidentd.web.certificates import certificate_view, next_opening, search
from incidentd.web.concentrations import CONCENTRATIONS_SHOWN, concentration_row, shown_first
from incidentd.web.freshness import GAPS_SHOWN, gap_rows, source_rows, trouble_rows, unseen_places
from incidentd.web.reads import Reads
from incidentd.web.releases import shown_releases
from incidentd.web.rendering import Pages
from incidentd.web.rows import INCIDENTS_SHOWN, PLAN_SHOWN, active_incidents, incident_rows, pages_of

RELEASES_SHOWN = 100
FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class Board:
    """Every page that a person looks at."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._pages = Pages()

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/", self.board),
            Route("/certs", self.certificates),
            Route("/c/{fingerprint}", self.certificate),
            Route("/plan", self.plan),
            Route("/releases", self.releases),
            Route("/concentration", self.concentration),
            Route("/health", self.health),
        ]

    async def board(self, request: Request) -> Response:
        """The open incidents, what is held, and whether what is shown is fresh."""
        reads, decision = self._reads, self._reads.status.decision
        active = active_incidents(reads.status)
        return self._answer(
            "board",
            incidents=incident_rows(active, pages_of(reads.status), decision, reads.now),
            left_out=max(len(active) - INCIDENTS_SHOWN, 0),
            open=sum(record.state is IncidentState.OPEN for record in active),
            critical=sum(record.step.severity.value == "critical" for record in active),
            troubles=trouble_rows(reads.status),
            sources=source_rows(reads.status, reads.now),
            certificates=len(decision.inventory.certificates) if decision else 0,
            places=len(decision.inventory.places) if decision else 0,
            next_opening=next_opening(decision, reads.now) if decision else None,
            **_plan_values(decision),
        )

    async def certificates(self, request: Request) -> Response:
        """The inventory, searched and page by page."""
        decision = self._reads.status.decision
        if decision is None:
            return self._answer("certs", found=None)
        wanted = request.query_params.get("q", "")[:256]
        page = request.query_params.get("page", "1")
        number = int(page) if re.fullmatch(r"[0-9]{1,6}", page) else 1
        found = await self._reads.aside(lambda: search(decision, wanted, number, self._reads.now))
        return self._answer("certs", found=found)

    async def certificate(self, request: Request) -> Response:
        """One certificate: what it is, where it is, why it has an incident, and what became of it."""
        fingerprint, decision = request.path_params["fingerprint"], self._reads.status.decision
        if decision is None or not FINGERPRINT.fullmatch(fingerprint) or fingerprint not in decision.assessments:
            return self.missing()
        installation = self._reads.installation
        key = incident_key(installation.instance, fingerprint)
        history = (*await self._reads.history(key), *await self._reads.history(page_key(key)))
        certificate = decision.inventory.certificates[fingerprint]
        routed = installation.routing.of(decision.assessments[fingerprint], certificate)
        view = certificate_view(fingerprint, decision, installation.policy, history, self._reads.now, routed)
        return self._answer("cert", view=view)

    async def plan(self, request: Request) -> Response:
        """What the last reconcile planned."""
        return self._answer("plan", **_plan_values(self._reads.status.decision))

    async def releases(self, request: Request) -> Response:
        """What is on its way, and what it renews."""
        releases, renewed = await shown_releases(self._reads)
        shown = releases[:RELEASES_SHOWN]
        documents = [release_document(one, renewed.get(one.id, ())) for one in shown]
        rows = [{**one, "planned": planned_words(one)} for one in documents]
        return self._answer("releases", rows=rows, left_out=len(releases) - len(shown))

    async def concentration(self, request: Request) -> Response:
        """What would fail together, with dates that would pull it apart."""
        review, decision = await self._reads.review(), self._reads.status.decision
        if review is None or decision is None:
            return self._answer("concentration", review=None)
        known, now = decision.inventory.certificates, self._reads.now
        rows = await self._reads.aside(lambda: [concentration_row(one, known, now) for one in shown_first(review)])
        left_out = max(len(review.findings) - CONCENTRATIONS_SHOWN, 0)
        return self._answer("concentration", review=review, rows=rows, left_out=left_out, remarks=remarks(review))

    async def health(self, request: Request) -> Response:
        """How incidentd itself is."""
        status = self._reads.status
        unseen = unseen_places(status.decision)
        return self._answer(
            "health",
            gaps=[row for place in unseen[:GAPS_SHOWN] for row in gap_rows(place)][:GAPS_SHOWN],
            gaps_left_out=max(len(unseen) - GAPS_SHOWN, 0),
            causes=await self._reads.not_ready(),
            troubles=trouble_rows(status),
            sources=source_rows(status, self._reads.now),
            heartbeat=self._heartbeat(),
            started=instant(status.started_at),
            configured=instant(status.configured_at),
            reconciled=instant(status.last_reconciled_at) if status.last_reconciled_at else "",
            waiting=status.outbox[:PLAN_SHOWN],
            waiting_left_out=max(len(status.outbox) - PLAN_SHOWN, 0),
        )

    def _heartbeat(self) -> str:
        status = self._reads.status
        if self._reads.installation.heartbeat is None:
            return "none is configured (heartbeat.url)"
        heard = f"last heard {instant(status.heartbeat_at)}" if status.heartbeat_at else "not heard yet"
        return f"{heard}; silent: {status.own.incomplete}" if status.own.incomplete else heard

    def missing(self) -> Response:
        """404, as a page."""
        return self._answer("missing", 404)

    def failed(self, why: str) -> Response:
        """503, as a page."""
        return self._answer("failed", 503, why=why)

    def _answer(self, name: str, status_code: int = 200, **values: Any) -> Response:
        """What every page shows beside its own: where it is, as of when, and what must not be overlooked."""
        reads = self._reads
        about = {
            "page": name,
            "instance": reads.installation.instance,
            "observes_only": reads.installation.observes_only,
            "now": f"{reads.now:%Y-%m-%d %H:%M:%S} UTC",
            "warnings": reads.status.warnings(),
            "ready": reads.status.last is not None,
        }
        return self._pages.answer(name, status_code, **about, **values)


def _plan_values(decision: Decision | None) -> dict[str, Any]:
    if decision is None:
        return {"decided": "", "actions": [], "actions_left_out": 0, "held": [], "held_left_out": 0, "hash": ""}
    plan = decision.plan
    return {
        "decided": instant(decision.now),
        "actions": plan.actions[:PLAN_SHOWN],
        "actions_left_out": max(len(plan.actions) - PLAN_SHOWN, 0),
        "held": plan.held[:PLAN_SHOWN],
        "held_left_out": max(len(plan.held) - PLAN_SHOWN, 0),
        "hash": "" if decision.distrust else plan_hash(plan),
    }
