"""`doctor`: what would keep incidentd from its work, or make it do harm, each with its fix. Writes nothing anywhere."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from incidentd.cli.doctoring.configured import configuration_checks
from incidentd.cli.doctoring.machine import machine_checks
from incidentd.cli.doctoring.places import MISSING_EXTRA, endpoint_checks, place_checks
from incidentd.cli.doctoring.pushing import heard_checks, hub_check, token_checks, without_the_hubs_affairs
from incidentd.cli.doctoring.remembered import state_checks, state_path
from incidentd.cli.doctoring.secrets import secret_checks
from incidentd.cli.doctoring.waivers import waiver_checks
from incidentd.cli.ending import to_its_end
from incidentd.cli.options import CliOptions
from incidentd.cli.output import AsJson, Form, InForm, print_document
from incidentd.cli.redaction import redacted_text
from incidentd.cli.scanning.hub import ANSWER_BYTES, OPTION, PushHub
from incidentd.cli.scanning.token import PushTokenFile, token_in
from incidentd.model.preflight import Check, Verdict
from incidentd.planning.phrases import counted
from incidentd.planning.sanitize import sanitize
from incidentd.ports import Clock, SystemClock, SystemRandomness
from incidentd.settings import Loaded, load_settings
from incidentd.sources.tls.network import ProbeLimits, TlsNetwork
from incidentd.transport import Transport
from incidentd.wiring import World, outside

IMPATIENT = ProbeLimits(connect_seconds=3.0, probe_seconds=5.0, resolve_seconds=5.0)
"""Somebody waits for the answer."""
LINE_CUT = 1000
_SHOWN = {Verdict.OK: "ok", Verdict.UNKNOWN: "unknown", Verdict.WARNING: "warning", Verdict.PROBLEM: "PROBLEM"}


def doctor(
    context: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Ask trackers and endpoints too: by reads alone, never a write.")
    ] = False,
    push: Annotated[
        str | None, typer.Option(OPTION, metavar="URL", help="Ask this hub, too, whether it takes what is pushed.")
    ] = None,
    token_file: PushTokenFile = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Check the set-up; each line says what was looked at, and its fix. Exit 1 when there is a problem."""
    options: CliOptions = context.obj
    clock, hub = SystemClock(), None if push is None else PushHub(push, token_in(token_file))
    loaded = load_settings(options.config_path)
    checks = [*local_checks(loaded, clock)]
    if live and all(check.id != MISSING_EXTRA for check in checks):
        checks += to_its_end(live_checks(loaded, clock))
    if hub is not None:
        checks = [*without_the_hubs_affairs(checks, loaded), *token_checks(token_file), to_its_end(_asked(hub, clock))]
    if as_json or form is Form.JSON:
        print_document(_document(checks, live=live))
    else:
        typer.echo("\n".join([*_lines(checks), _summary(checks, live=live)]))
    if any(check.verdict is Verdict.PROBLEM for check in checks):
        raise typer.Exit(1)


def local_checks(loaded: Loaded, clock: Clock) -> Iterator[Check]:
    """All that can be told without the network. Blocking."""
    now = clock.now()
    yield from machine_checks(now, state_path(loaded), loaded.path)
    yield from configuration_checks(loaded)
    yield from secret_checks(loaded, now)
    yield from state_checks(loaded)
    yield from heard_checks(loaded, clock)
    yield from waiver_checks(loaded, now)
    yield from place_checks(loaded)


async def live_checks(loaded: Loaded, clock: Clock) -> tuple[Check, ...]:
    """What trackers and endpoints say. Trackers are asked side by side: one that hangs holds up no other."""
    network = TlsNetwork(IMPATIENT)
    try:
        async with outside(loaded, network, World(clock=clock)) as there:
            looks = (look.preflight() for look in there.preflights.values())
            found = await asyncio.gather(endpoint_checks(loaded, there.sources), *looks)
    finally:
        network.close()
    return tuple(check for checks in found for check in checks)


async def _asked(hub: PushHub, clock: Clock) -> Check:
    transport = Transport(clock, SystemRandomness(), body_cap_bytes=ANSWER_BYTES)
    try:
        return await hub_check(hub, transport)
    finally:
        await transport.close()


def _lines(checks: Sequence[Check]) -> Iterator[str]:
    """By subject, in the order in which they come up first."""
    for subject in dict.fromkeys(check.subject for check in checks):
        yield _safe(subject)
        for check in checks:
            if check.subject == subject:
                yield f"  {_SHOWN[check.verdict]:<8} {_safe(check.text)}"
                if check.fix:
                    yield f"           fix: {_safe(check.fix)}"


def _summary(checks: Sequence[Check], *, live: bool) -> str:
    """How many of each, and the command that goes on from here."""
    problems, warnings = _count(checks, Verdict.PROBLEM), _count(checks, Verdict.WARNING)
    told = f"{counted(problems, 'problem')}, {counted(warnings, 'warning')}, {_count(checks, Verdict.UNKNOWN)} unknown"
    step = "" if problems or live else "; next: `incidentd doctor --live` asks trackers and endpoints"
    return f"{counted(len(checks), 'check')}: {told}{step}"


def _document(checks: Sequence[Check], *, live: bool) -> Mapping[str, Any]:
    about = {"live": live, "problems": _count(checks, Verdict.PROBLEM), "warnings": _count(checks, Verdict.WARNING)}
    return {**about, "checks": [_entry(check) for check in checks]}


def _entry(check: Check) -> Mapping[str, str]:
    said = {"text": _safe(check.text), "fix": _safe(check.fix)}
    return {"id": check.id, "subject": _safe(check.subject), "verdict": check.verdict.value, **said}


def _count(checks: Sequence[Check], verdict: Verdict) -> int:
    return sum(check.verdict is verdict for check in checks)


def _safe(text: str) -> str:
    """One harmless line without secrets, whoever wrote it."""
    return sanitize(redacted_text(text), cut_at=LINE_CUT)
