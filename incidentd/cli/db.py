"""`incidentd db`: the state's schema. Nobody has to call it: every start migrates; it is for those who want to know."""

import typer

from incidentd.cli.options import CliOptions
from incidentd.cli.output import AsJson, Form, InForm, print_document

db_app = typer.Typer(name="db", no_args_is_help=True, help="Check and upgrade the state database.")


@db_app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database up to this program's schema; make it where there is none."""
    from incidentd.store import opening, schema

    url = _state_url(context)
    found = opening.upgrade(url)
    before = "made" if found is None else "already" if found == schema.HEAD else f"upgraded from {found}"
    typer.echo(f"{opening.shown(url)}: schema {schema.HEAD} ({before})")


@db_app.command()
def check(context: typer.Context, as_json: AsJson = False, form: InForm = Form.TEXT) -> None:
    """Say whether the database is there, whole, private and of this schema; exit 1 if not. Changes nothing."""
    from incidentd.store import opening

    checked = opening.check(_state_url(context))
    for complaint in checked.complaints:
        typer.echo(f"{checked.where}: {complaint}", err=True)
    if as_json or form is Form.JSON:
        about = {"where": checked.where, "found": checked.found, "wanted": checked.wanted}
        print_document({**about, "sound": checked.sound, "complaints": list(checked.complaints)})
    if not checked.sound:
        raise typer.Exit(1)
    if not as_json and form is Form.TEXT:
        typer.echo(f"{checked.where}: schema {checked.found}, sound")


def _state_url(context: typer.Context) -> str:
    from incidentd.settings import load_settings

    options = context.obj if isinstance(context.obj, CliOptions) else CliOptions()
    return load_settings(options.config_path).state_url
