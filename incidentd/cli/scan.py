"""`scan --push`: sweeps where a hub cannot reach, and tells it what is there. Nothing is remembered on this machine."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from incidentd.cli.ending import to_its_end
from incidentd.cli.options import CliOptions
from incidentd.cli.output import AsJson, Form, InForm, sweep_progress, tell
from incidentd.cli.scanning.hub import ANSWER_BYTES, OPTION, PushHub
from incidentd.cli.scanning.sweeping import Delivered, deliver_sweep
from incidentd.cli.scanning.token import PushTokenFile, token_in
from incidentd.cli.unseen import say_what_a_push_leaves_unseen
from incidentd.cli.work import say
from incidentd.errors import UsageError
from incidentd.planning.phrases import counted
from incidentd.planning.sanitize import sanitize
from incidentd.ports import SystemClock, SystemRandomness
from incidentd.settings import Loaded, load_settings
from incidentd.settings.checks import NO_TRACKER
from incidentd.sources import PushedSettings
from incidentd.sources.interface import Progress
from incidentd.sources.tls.network import TlsNetwork
from incidentd.transport import Transport
from incidentd.wiring import World, outside

PushOption = Annotated[str, typer.Option(OPTION, metavar="URL", help="The hub, as in https://incidentd.example.com.")]
MOST_NAMED = 20


def scan(
    context: typer.Context,
    push: PushOption,
    token_file: PushTokenFile = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Sweep the configured sources and push what is seen to a hub, as one sweep of one source there.

    Exit 1 when it was not delivered, or a whole source failed.
    """
    options: CliOptions = context.obj
    hub = PushHub(push, token_in(token_file))
    loaded = load_settings(options.config_path)
    for warning in loaded.warnings:
        if warning != NO_TRACKER:  # tickets are the hub's affair
            say(warning)
    _require_sources(loaded)
    with sweep_progress() as progress:
        done = to_its_end(_deliver(loaded, hub, progress))
    for problem in done.problems[:MOST_NAMED]:
        say(problem)
    for place in done.seen.twice[:MOST_NAMED]:
        say(f"several sources have this place, the first one's look is pushed: {place}")
    say_what_a_push_leaves_unseen(gap for one in done.seen.accounts for gap in one.unseen)
    document = _document(done)
    tell(document, _told(document), as_json=as_json, form=form)
    if done.problems:
        raise typer.Exit(1)


def _require_sources(loaded: Loaded) -> None:
    sources = loaded.settings.sources
    if not sources:
        raise UsageError("no source is configured here: there is nothing to push", hint="name some under `sources`")
    told = [name for name, source in sources.items() if isinstance(source, PushedSettings)]
    if told:
        what = f"the source {told[0]} is pushed here itself, and cannot be pushed on"
        raise UsageError(what, hint="let its pusher push to that hub too")


async def _deliver(loaded: Loaded, hub: PushHub, progress: Progress) -> Delivered:
    clock, randomness = SystemClock(), SystemRandomness()
    network, transport = TlsNetwork(), Transport(clock, randomness, body_cap_bytes=ANSWER_BYTES)
    try:
        async with outside(loaded, network, World(clock, randomness, transport=transport)) as there:
            return await deliver_sweep(there.sources, hub, transport, clock, progress)
    finally:
        await transport.close()
        network.close()


def _document(done: Delivered) -> Mapping[str, Any]:
    accounts = done.seen.accounts
    return {
        "source": done.known.source,
        "sequence": done.answer.get("sequence"),
        "complete": bool(done.answer.get("complete")),
        "places": len(accounts),
        "seen": sum(bool(one.seen) for one in accounts),
        "unseen": sum(bool(one.unseen) for one in accounts),
        "gone": sum(bool(one.gone) for one in accounts),
        "certificates_sent": done.written.certificates,
        "bytes_sent": len(done.written.body),
        "problems": [sanitize(problem, 500) for problem in done.problems],
    }


def _told(document: Mapping[str, Any]) -> str:
    """One line for a log that is read by nobody until something is wrong."""
    seen, places = document["seen"], counted(document["places"], "place")
    more = [f"{document[what]} {what}" for what in ("unseen", "gone") if document[what]]
    sent = counted(document["certificates_sent"], "new certificate")
    said = ", ".join([f"{seen} of {places} seen", *more, sent])
    return f"Pushed as {sanitize(str(document['source']))}, sweep {document['sequence']}: {said}."
