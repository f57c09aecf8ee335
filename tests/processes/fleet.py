"""A fleet of services on real TLS endpoints, what was deployed to each, and which tickets have to be open for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from incidentd.sandbox.ca import Issued
from incidentd.sandbox.endpoints import TlsEndpoint
from tests.cli.nursery import ROOT
from tests.cli.site import KINDS, Site, is_open, tickets_in
from tests.processes.ground import Ground
from tests.processes.shifted_clock import ShiftedClock

DUE_DAYS = 30.0
FINE_DAYS = 400.0


@dataclass
class Service:
    """One endpoint, and every certificate that it served, in order."""

    name: str
    kind: str
    """The tracker that its incidents go to."""
    endpoint: TlsEndpoint
    served: list[Issued]
    due: set[str] = field(default_factory=set)
    """Fingerprints of those that are inside their window."""
    came_back: set[str] = field(default_factory=set)
    """Of those that were served again after another one, and of those that they displaced: where old and new come by
    turns, a closing takes a proof of a day."""

    @property
    def current(self) -> Issued:
        """What it serves."""
        return self.served[-1]

    @property
    def target(self) -> dict[str, Any]:
        """Its line in the configuration."""
        address = {"host": self.endpoint.address, "port": self.endpoint.port}
        return {**address, "server_name": self.name, "labels": {"team": self.kind}}


@dataclass
class Fleet:
    """Services, and the site that watches them."""

    site: Site
    ground: Ground
    services: list[Service] = field(default_factory=list)

    def add(self, kind: str, *, due: bool = True) -> Service:
        """One more service, at an address of its own."""
        name = f"service{len(self.services)}.example.test"
        issued = self.site.issue(DUE_DAYS if due else FINE_DAYS, name)
        endpoint = self.ground.endpoint(issued, f"127.0.0.{20 + len(self.services)}")
        service = Service(name, kind, endpoint, [issued], {issued.fingerprint} if due else set())
        self.services.append(service)
        self.configure()
        return service

    def configure(self, **sections: Any) -> None:
        """The site looks at all of them, and proof of a closing is one look."""
        targets = [service.target for service in self.services]
        self.site.configure(
            sources={"edge": {"kind": "tls", "labels": {"env": "prod"}, "targets": targets}}, **sections
        )

    def expect_lag(self, index_lag: str) -> None:
        """Jira's search may be as late as that."""
        trackers = self.site.config["trackers"]
        self.configure(trackers={**trackers, "jira": tracker("jira", self.site.trackers, index_lag)})

    def succeed(self, service: Service) -> Issued:
        """A certificate that ends an hour later, and is due too, takes the place of what it serves."""
        issued = self.site.issue(DUE_DAYS + len(service.served) / 24, service.name)
        service.due.add(issued.fingerprint)
        self._deploy(service, issued)
        return issued

    def succeed_all(self) -> None:
        """The same for every service."""
        for service in self.services:
            self.succeed(service)

    def renew(self, service: Service) -> Issued:
        """A certificate with plenty of time takes the place of what it serves."""
        issued = self.site.issue(FINE_DAYS, service.name)
        self._deploy(service, issued)
        return issued

    def roll_back(self, service: Service) -> Issued:
        """What it served before is back."""
        displaced, issued = service.current, service.served[-2]
        service.came_back |= {displaced.fingerprint, issued.fingerprint}
        self._deploy(service, issued)
        return issued

    def wrong(self) -> list[str]:
        """What is not as it has to be at rest; empty when all is well."""
        return list(self._wrong(at_rest=True))

    def doubled(self) -> list[str]:
        """Certificates with more than one open ticket at this very moment."""
        return list(self._wrong(at_rest=False))

    def _deploy(self, service: Service, issued: Issued) -> None:
        service.served.append(issued)
        service.endpoint.deploy(issued)

    def _wrong(self, *, at_rest: bool) -> Iterator[str]:
        states = {kind: self.site.asked(kind, "state") for kind in KINDS}
        for service in self.services:
            for issued in {one.fingerprint: one for one in service.served}.values():
                tickets = tickets_in(states[service.kind], service.kind, issued)
                count = sum(is_open(ticket, service.kind) for ticket in tickets)
                allowed = _allowed(service, issued) if at_rest else (0, 1)
                if count not in allowed:
                    yield (
                        f"{service.name} ({service.kind}) {issued.fingerprint[:8]}: {count} open, not one of {allowed}"
                    )


def _allowed(service: Service, issued: Issued) -> tuple[int, ...]:
    if issued.fingerprint not in service.due:
        return (0,)
    if issued is service.current:
        return (1,)
    return (0, 1) if issued.fingerprint in service.came_back else (0,)


def new_fleet(folder: Path, ground: Ground, clock: ShiftedClock, **sections: Any) -> Fleet:
    """A fleet without a service yet, whose incidents go to either tracker by their label `team`."""
    folder.mkdir()
    site = Site(folder, ground.doors())
    site.environment |= {**clock.environment, "PYTHONPATH": str(ROOT)}
    site.configure(**{**standard(site), **sections})
    return Fleet(site, ground)


def standard(site: Site) -> dict[str, Any]:
    """Both trackers, everything as often as it gets, and one look is proof."""
    return {
        "state": {"url": f"sqlite:///{site.state}"},
        "schedule": {"sweep_every": "1s", "reconcile_every": "1s"},
        "policy": {"close_after": {"observations": 1, "apart": "0s"}},
        "guard": {"open_per_hour": 100_000, "urgent_per_hour": 100_000},
        "trackers": {kind: tracker(kind, site.trackers) for kind in KINDS},
        "routes": [{"match": {"team": "pagerduty"}, "tracker": "pagerduty"}, {"tracker": "jira"}],
        "web": {"listen": "127.0.0.1:0"},
    }


def tracker(kind: str, trackers: Mapping[str, Any], index_lag: str = "0s") -> dict[str, Any]:
    """The configuration of one tracker, as the ground tells how to call it."""
    return {"kind": kind, **trackers[kind], **({"index_lag": index_lag} if kind == "jira" else {})}
