"""`release` and `releases`: a build says which certificates it carries, when it ships, and what became of it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from incidentd.artefacts.scan import scan
from incidentd.cli.decisions import By, instant_meant, who
from incidentd.cli.ending import to_its_end
from incidentd.cli.output import AsJson, Form, InForm, print_document, print_table, tell
from incidentd.cli.release_check import Artifacts, Commits, Ignored, build_of, check_release
from incidentd.cli.releasing.hub import Hub, HubOption, TokenFile, to_the_network
from incidentd.cli.releasing.posting import certificates_said
from incidentd.cli.work import done_by, loaded_settings, say, with_installation
from incidentd.daemon.announcing import Announced, abandon, announce, announced_releases, ship
from incidentd.daemon.installation import Installation
from incidentd.planning.announcing import (
    announcement,
    planned_words,
    release_document,
    release_id,
    releases_document,
    told,
)
from incidentd.planning.phrases import rfc3339

release_app = typer.Typer(
    name="release", no_args_is_help=True, help="Say what a release carries, and what became of it."
)
release_app.command("check")(check_release)
Id = Annotated[str, typer.Option("--id", metavar="R", help="What its makers call it.")]


@release_app.command("announce")
def announce_release(
    context: typer.Context,
    id: Id,
    service: Annotated[
        str | None, typer.Option("--service", help="Whose it is: the label `service` of places.")
    ] = None,
    artifact: Artifacts = None,
    git: Commits = None,
    ignore: Ignored = None,
    planned_at: Annotated[
        str | None, typer.Option("--planned-at", help="A day (its first moment, UTC) or a time with its zone.")
    ] = None,
    ticket: Annotated[str | None, typer.Option("--ticket", help="Its own, as in OPS-7 or #123.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Where people find it.")] = None,
    by: By = None,
    hub: HubOption = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Announce a release with its certificates; announced again, it is updated by what is said."""
    planned = None if planned_at is None else instant_meant(planned_at, "--planned-at", what="a planned time")
    scanned = scan(build_of(artifact, git, ignore)) if artifact or git else None
    if scanned is None:
        say("no build is named, so nothing new is said of certificates: --artifact PATH, or --git BASE..HEAD")
    if hub is not None:
        said = {"id": id, "service": service, "ticket": ticket, "url": url, "by": who(by)}
        said["planned_at"] = None if planned is None else rfc3339(planned)
        body = {**said, "certificates": None if scanned is None else certificates_said(scanned)}
        _tell_hub(Hub(hub, token_file), body, as_json=as_json, form=form)
        for one in scanned.unread if scanned else ():
            say(f"not readable: {one.place}: {one.text}")
        return
    carried = None if scanned is None else scanned.carried

    async def work(installation: Installation) -> Announced:
        now = installation.clock.now()
        said = announcement(id, now, service=service, planned_at=planned, carried=carried, ticket=ticket, url=url)
        return await announce(installation, said, who(by))

    _tell(context, work, as_json=as_json, form=form)


@release_app.command("shipped")
def release_shipped(
    context: typer.Context,
    id: Id,
    by: By = None,
    hub: HubOption = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Say that a release shipped. That is believed once the endpoints serve what it carries."""
    wanted = release_id(id)
    if hub is not None:
        _tell_hub(Hub(hub, token_file), {"id": wanted, "state": "shipped", "by": who(by)}, as_json=as_json, form=form)
        return
    _tell(context, lambda installation: ship(installation, wanted, who(by)), as_json=as_json, form=form)


@release_app.command("abandoned")
def release_abandoned(
    context: typer.Context,
    id: Id,
    by: By = None,
    hub: HubOption = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Say that a release will not ship, or was taken back: it carries nothing any more."""
    wanted = release_id(id)
    if hub is not None:
        _tell_hub(Hub(hub, token_file), {"id": wanted, "state": "abandoned", "by": who(by)}, as_json=as_json, form=form)
        return
    _tell(context, lambda installation: abandon(installation, wanted, who(by)), as_json=as_json, form=form)


def releases(context: typer.Context, as_json: AsJson = False, form: InForm = Form.TEXT) -> None:
    """Show the releases of the last 90 days and all that are on their way, the one announced last first."""
    loaded = loaded_settings(context)
    document = releases_document(*with_installation(loaded, announced_releases, read_only=True))
    if as_json or form is Form.JSON:
        print_document(document)
    elif not document["releases"]:
        typer.echo("No releases.")
    else:
        columns = ("id", "service", "state", "planned", "ticket")
        rows = [
            [
                *(str(row[column] or "") for column in columns[:3]),
                planned_words(row),
                row["ticket"] or "",
                ", ".join(one["name"] for one in row["renews"]),
                _late(row),
            ]
            for row in document["releases"]
        ]
        print_table((*columns, "renews", "late"), rows)


def _late(row: dict[str, list[dict[str, str | None]]]) -> str:
    return " ".join(filter(None, (one["late"] for one in row["renews"])))


def _tell(
    context: typer.Context,
    work: Callable[[Installation], Awaitable[Announced]],
    *,
    as_json: bool,
    form: Form,
) -> None:
    done = done_by(context, work)
    document = release_document(done.release, done.renewals)
    tell(document, told(document), as_json=as_json, form=form)


def _tell_hub(hub: Hub, said: dict[str, Any], *, as_json: bool, form: Form) -> None:
    async def whole() -> dict[str, Any]:
        async with to_the_network() as transport:
            return await hub.tell(transport, said)

    answer = to_its_end(whole())
    tell(answer, told(answer), as_json=as_json, form=form)
