"""`incidentd config`: whether the configuration can be used, what it may hold, and what holds now. Touches nothing."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from incidentd.cli.options import CliOptions

config_app = typer.Typer(name="config", no_args_is_help=True, help="Check, describe and show the configuration.")

_Json = Annotated[bool, typer.Option("--json", help="As a JSON document; the same as -o json.")]


class Form(StrEnum):
    """How the values are printed."""

    YAML = "yaml"
    JSON = "json"


def _options(context: typer.Context) -> CliOptions:
    return context.obj if isinstance(context.obj, CliOptions) else CliOptions()


@config_app.command()
def validate(context: typer.Context) -> None:
    """Say every error with file, line, key and the nearest right key; exit 2 when there is one."""
    from incidentd.settings import load_settings

    loaded = load_settings(_options(context).config_path)
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(f"{loaded.path or 'the environment'}: the configuration can be used")


@config_app.command()
def schema() -> None:
    """Print the JSON Schema, for editors and CI."""
    from incidentd.settings import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@config_app.command()
def show(
    context: typer.Context,
    origin: Annotated[
        bool, typer.Option("--origin", help="Who said each value: file and line, variable, default.")
    ] = False,
    as_json: _Json = False,
    form: Annotated[Form, typer.Option("--output", "-o", help="How to print it.")] = Form.YAML,
) -> None:
    """Print the effective values, defaults included, secrets masked."""
    from incidentd.cli.output import print_document
    from incidentd.settings import effective, effective_lines, effective_origins, load_settings

    loaded = load_settings(_options(context).config_path)
    if as_json or form is Form.JSON:
        document: dict[str, Any] = {"settings": effective(loaded.settings)}
        if origin:
            document["origins"] = effective_origins(loaded.settings, loaded.origins)
        print_document(document)
    elif origin:
        typer.echo("\n".join(effective_lines(loaded.settings, loaded.origins)))
    else:
        typer.echo(_as_yaml(effective(loaded.settings)), nl=False)


def _as_yaml(document: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=False, width=120)
