"""Telemetry: what Prometheus may read. The table below is the whole of it; alerts rely on its names and labels.

No label holds a certificate's name or a place, so the number of series does not grow with the fleet.
"""

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from incidentd.daemon.installation import Installation
from incidentd.daemon.status import Status
from incidentd.daemon.telemetry_concentration import concentrations, next_window, unknown_waivers
from incidentd.daemon.telemetry_promise import unkept
from incidentd.daemon.telemetry_sweeps import finished, heard, last_complete, silent, unseen
from incidentd.model.blindness import CauseKind
from incidentd.model.concentration import Review
from incidentd.model.incident import Beside, IncidentRecord, beside_in, cause_in
from incidentd.model.plan import Hold

Values = Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """One name that alerts rely on. All are gauges: what is so now."""

    name: str
    labels: tuple[str, ...]
    help: str
    values: Callable[["Moment"], Values]


@dataclass(frozen=True, slots=True)
class Moment:
    """What is measured, at one instant."""

    installation: Installation
    status: Status
    now: datetime
    monotonic: float

    @property
    def active(self) -> list[IncidentRecord]:
        """The incidents that are open or held; self-incidents stand for no certificate and are none of them."""
        return [record for record in self.status.records if record.active and record.of_certificate]


def _counted(keys: Iterator[tuple[str, ...]]) -> Values:
    return {key: float(count) for key, count in Counter(keys).items()}


def _one(value: float | None) -> Values:
    """A series without labels; none at all while there is nothing to say."""
    return {} if value is None else {(): value}


def _zeros(names: Iterable[str]) -> dict[tuple[str, ...], float]:
    """A series for each, so that an alert need not tell 0 from nothing."""
    return {(name,): 0.0 for name in names}


def _earliest(moment: Moment) -> Values:
    ends: dict[tuple[str, ...], float] = {}
    for record in moment.active:
        if record.not_after is not None:
            key, end = (record.step.severity.value,), record.not_after.timestamp()
            ends[key] = min(end, ends.get(key, end))
    return ends


def _incidents(moment: Moment) -> Values:
    return _counted((record.state.value, record.step.severity.value, record.stage.value) for record in moment.active)


def _unowned(moment: Moment) -> Values:
    """Of the open and held ones; unknown until the first decision."""
    decision = moment.status.decision
    if decision is None:
        return {}
    return _one(
        sum(not decision.incidents[row.key].owner.name for row in moment.active if row.key in decision.incidents)
    )


def _pages(moment: Moment) -> Values:
    pages = (row for row in moment.status.records if row.active and beside_in(row.key) is Beside.PAGE)
    return _counted((row.tracker, row.state.value) for row in pages)


def _certificates(moment: Moment) -> Values:
    decision = moment.status.decision
    return _counted((one.stage.value,) for one in decision.assessments.values()) if decision else {}


def _held(moment: Moment) -> Values:
    decision = moment.status.decision
    if decision is None:
        return {}
    return {**_zeros(hold.value for hold in Hold), **_counted((held.hold.value,) for held in decision.plan.held)}


def _planned(moment: Moment) -> Values:
    decision = moment.status.decision
    return _counted((action.kind.value,) for action in decision.plan.actions) if decision else {}


def _waiting(moment: Moment) -> Values:
    none = _zeros(moment.installation.trackers)
    return {**none, **_counted((intent.tracker,) for intent in moment.status.outbox)}


def _failing_intents(moment: Moment) -> Values:
    none = _zeros(moment.installation.trackers)
    return {**none, **_counted((intent.tracker,) for intent in moment.status.outbox if intent.error)}


def _outbox_age(moment: Moment) -> Values:
    oldest = moment.status.outbox_oldest_at
    return _one(max((moment.now - oldest).total_seconds(), 0.0) if oldest else 0.0)


def _problems(moment: Moment) -> Values:
    return _one(float(len(moment.status.last.problems)) if moment.status.last else None)


def _distrusted(moment: Moment) -> Values:
    return _one(float(bool(moment.status.decision.distrust)) if moment.status.decision else None)


def _not_ready(moment: Moment) -> Values:
    return _one(float(not moment.status.not_ready(moment.now, moment.monotonic)))


def _reconciled(moment: Moment) -> Values:
    at = moment.status.last_reconciled_at
    return _one(at.timestamp() if at else None)


def _causes(moment: Moment) -> Values:
    if moment.status.last is None:
        return {}
    return {
        **_zeros(CauseKind),
        **_counted((cause.id.kind.value,) for cause in moment.status.own.judged.holding),
    }


def _self_incidents(moment: Moment) -> Values:
    own = (record for record in moment.status.records if record.active and record.of_itself)
    return _counted((cause_in(record.key).kind.value, record.state.value) for record in own)


def _heard(moment: Moment) -> Values:
    at = moment.status.heartbeat_at
    return _one(at.timestamp() if at else None)


def _silent(moment: Moment) -> Values:
    return _one(bool(moment.status.own.incomplete) if moment.status.last and moment.installation.heartbeat else None)


def _unheard(moment: Moment) -> Values:
    return _one(bool(moment.status.heartbeat_problem) if moment.installation.heartbeat else None)


def _reviewed(values: Callable[[Review | None], Values]) -> Callable[[Moment], Values]:
    """Of the concentrations as they were found last."""
    return lambda moment: values(moment.installation.reviews.last)


def _swept(values: Callable[[Installation, Status], Values]) -> Callable[[Moment], Values]:
    return lambda moment: values(moment.installation, moment.status)


def _build(moment: Moment) -> Values:
    return {(version("incidentd"), platform.python_version(), moment.installation.instance): 1.0}


METRICS = (
    Metric("build_info", ("version", "python", "instance"), "Always 1.", _build),
    Metric("ready", (), "1 when /readyz says so.", _not_ready),
    Metric("loop_stalled", (), "Tasks of the loop that hang.", lambda m: _one(len(m.status.stalled(m.monotonic)))),
    Metric("observe_mode", (), "1: no tracker is written to.", lambda m: _one(m.installation.observes_only)),
    Metric("local_queue_only", (), "1: no tracker is configured.", lambda m: _one(not m.status.own_tracker)),
    Metric("clock_distrusted", (), "1: the clock is not believed, and actions are held.", _distrusted),
    Metric(
        "config_reload_refused",
        (),
        "1: the configuration on disk cannot be used.",
        lambda m: _one(bool(m.status.reload_refused)),
    ),
    Metric(
        "config_loaded_timestamp_seconds",
        (),
        "When the configuration that holds took over.",
        lambda m: _one(m.status.configured_at.timestamp()),
    ),
    Metric("incidents", ("state", "severity", "stage"), "Incidents that are open or held.", _incidents),
    Metric("incidents_unowned", (), "Those of them that no label, rule or default gives an owner.", _unowned),
    Metric("pages", ("tracker", "state"), "Pages beside incidents' tickets that are open or held.", _pages),
    Metric(
        "incident_earliest_expiry_timestamp_seconds",
        ("severity",),
        "The earliest notAfter of the incidents that are open or held.",
        _earliest,
    ),
    Metric("certificates", ("stage",), "Certificates in the inventory.", _certificates),
    Metric(
        "certificates_unkept", (), "Inside their window, without incident or exemption.", lambda m: unkept(m.status)
    ),
    Metric("plan_actions", ("action",), "Actions of the last plan, without those that are held.", _planned),
    Metric("plan_held_actions", ("reason",), "Actions that the guard holds.", _held),
    Metric("outbox_waiting", ("tracker",), "Intents that are not delivered yet.", _waiting),
    Metric("outbox_failing", ("tracker",), "Those of them whose last attempt failed.", _failing_intents),
    Metric("outbox_oldest_age_seconds", (), "Age of the oldest of them; 0 without any.", _outbox_age),
    Metric("tracker_problems", (), "Things that went wrong with trackers in the last reconcile.", _problems),
    Metric("reconcile_last_timestamp_seconds", (), "When the last reconcile ended.", _reconciled),
    Metric("sweep_last_finished_timestamp_seconds", ("source",), "When its last sweep ended.", _swept(finished)),
    Metric(
        "sweep_last_complete_timestamp_seconds",
        ("source",),
        "When its last complete sweep ended.",
        _swept(last_complete),
    ),
    Metric("push_last_timestamp_seconds", ("source",), "When it was pushed last.", _swept(heard)),
    Metric("push_silent", ("source",), "1: it was not pushed for longer than silent_after.", _swept(silent)),
    Metric(
        "sweep_complete",
        ("source",),
        "1: the last sweep missed nothing.",
        lambda m: {(name,): float(sweep.complete) for name, sweep in m.status.sweeps.items()},
    ),
    Metric(
        "source_failing",
        ("source",),
        "1: the last sweep failed as a whole.",
        lambda m: {(name,): float(sweep.failure is not None) for name, sweep in m.status.sweeps.items()},
    ),
    Metric(
        "sweep_interval_seconds",
        ("source",),
        "Time between two sweeps, as configured.",
        lambda m: {(name,): every.total_seconds() for name, every in m.installation.intervals.items()},
    ),
    Metric("concentrations", ("kind", "state"), "What would fail together.", _reviewed(concentrations)),
    Metric("concentration_next_window_timestamp_seconds", (), "When the next ends.", _reviewed(next_window)),
    Metric("concentration_waivers_unknown", (), "Waivers that name no concentration.", _reviewed(unknown_waivers)),
    Metric("places_unseen", ("source",), "Places that the last look could not see.", _swept(unseen)),
    Metric(
        "places_blind",
        (),
        "Production places unseen for longer than blind_after.",
        lambda m: _one(m.status.own.judged.blind_places if m.status.last else None),
    ),
    Metric("blindness_causes", ("cause",), "What incidentd itself cannot see or do, by kind of cause.", _causes),
    Metric("self_incidents", ("cause", "state"), "Self-incidents that are open or held.", _self_incidents),
    Metric("heartbeat_last_timestamp_seconds", (), "When the heartbeat was last heard.", _heard),
    Metric("heartbeat_silent", (), "1: the last pass was not complete, so the heartbeat is not called.", _silent),
    Metric("heartbeat_failing", (), "1: the last call of the heartbeat was not heard.", _unheard),
)
"""Each name begins `incidentd_`. Beside them stand `incidentd_process_*`: memory, CPU time and open files."""


class Telemetry(Collector):
    """The registry of one installation; nothing global, so that a reload starts clean."""

    def __init__(self, installation: Installation, status: Status) -> None:
        self._installation = installation
        self._status = status
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(namespace="incidentd", registry=self._registry)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        clock = self._installation.clock
        moment = Moment(self._installation, self._status, clock.now(), clock.monotonic())
        for metric in METRICS:
            family = GaugeMetricFamily(f"incidentd_{metric.name}", metric.help, labels=metric.labels)
            for labels, value in sorted(metric.values(moment).items()):
                family.add_metric(labels, float(value))
            yield family

    def text(self) -> bytes:
        """The Prometheus text format, version 0.0.4."""
        return generate_latest(self._registry)
