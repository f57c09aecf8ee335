"""`release check`: the gate of a build. It fails the one that changes a certificate and says nothing."""

from typing import TYPE_CHECKING, Annotated

import typer

from incidentd.cli.ending import to_its_end
from incidentd.cli.options import fails_with
from incidentd.cli.output import AsJson, print_document
from incidentd.cli.releasing.hub import Hub, HubOption, TokenFile, to_the_network
from incidentd.cli.releasing.telling import GateForm
from incidentd.cli.work import loaded_settings, say, with_installation
from incidentd.errors import UsageError

if TYPE_CHECKING:
    from incidentd.artefacts.scan import Build
    from incidentd.artefacts.scanned import Scanned
    from incidentd.cli.releasing.gate import Known

Artifacts = Annotated[
    list[str] | None,
    typer.Option(
        "--artifact",
        metavar="PATH",
        help="What is built: a file, a folder, a tar (plain, gz, bz2, xz), an OCI image layout. May be repeated.",
    ),
]
Commits = Annotated[
    str | None,
    typer.Option("--git", metavar="BASE..HEAD", help="What differs between two commits of this repository."),
]
Ignored = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="GLOB", help="Places in the build to leave out, as in '*/testdata/*'."),
]
COULD_NOT_LOOK = 2
"""The exit code when nothing is known of the build; 1 says that it changes a certificate."""


def check_release(
    context: typer.Context,
    artifact: Artifacts = None,
    git: Commits = None,
    id: Annotated[str | None, typer.Option("--id", metavar="R", help="Only this release may speak for it.")] = None,
    service: Annotated[str | None, typer.Option("--service", help="Only this service's releases may.")] = None,
    ignore: Ignored = None,
    hub: HubOption = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
    form: Annotated[GateForm, typer.Option("--output", "-o", help="How to print it.")] = GateForm.TEXT,
) -> None:
    """Fail a build that changes a certificate which no announced release speaks of.

    Without --git there is nothing to compare with: every certificate that the build carries counts, but for those that
    are served already, roots, and trust bundles. What could not be read fails it, too: nobody knows what it holds.

    Exit code: 0 nothing changes, or an announced release says so; 1 it does not; 2 wrong usage, or incidentd
    could not look: the hub does not answer, or the state cannot be read.
    """
    fails_with(context, COULD_NOT_LOOK)
    build = build_of(artifact, git, ignore)
    from incidentd.artefacts.scan import scan
    from incidentd.cli.releasing.gate import Asked, Known, verdict
    from incidentd.cli.releasing.telling import announce_line, document, lines, summary

    found, asked = scan(build), Asked(id, service)
    there = Hub(hub, token_file) if hub is not None else None
    judged = verdict(found, _known(context, there) if _has_movements(found) else Known(), asked)
    announce = announce_line(build, asked, there)
    if as_json or form is GateForm.JSON:
        print_document(document(judged, announce))
    else:
        for line in lines(judged, form, announce):
            typer.echo(line)
    for line in summary(judged, announce):
        say(line)
    raise typer.Exit(0 if judged.passes else 1)


def build_of(artifact: list[str] | None, commits: str | None, ignore: list[str] | None) -> "Build":
    """What the options name. Raises UsageError where they name nothing."""
    from incidentd.artefacts.scan import Build

    if not artifact and commits is None:
        hint = "--artifact PATH, or --git BASE..HEAD, or both"
        raise UsageError("there is nothing to look at", where="release check", hint=hint)
    return Build(tuple(artifact or ()), commits, tuple(ignore or ()))


def _has_movements(found: "Scanned") -> bool:
    return bool(found.added or found.changed or found.removed)


def _known(context: typer.Context, hub: Hub | None) -> "Known":
    from incidentd.cli.releasing.asking import known_to, known_to_hub

    async def ask(there: Hub) -> "Known":
        async with to_the_network() as transport:
            return await known_to_hub(there, transport)

    if hub is not None:
        return to_its_end(ask(hub))
    return with_installation(loaded_settings(context), known_to, read_only=True)
