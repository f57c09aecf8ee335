"""The token that a push is made with: in a file, else in the environment, and never on a command line."""

from pathlib import Path
from typing import Annotated

import typer

from incidentd.errors import UsageError
from incidentd.secret import read_secret_file
from incidentd.settings import PUSH_TOKEN_VARIABLE, environment

PushTokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", metavar="PATH", help=f"The token of the source there; else ${PUSH_TOKEN_VARIABLE}."),
]


def token_in(file: Path | None) -> str:
    """The token to push with. Raises ConfigError for a file that cannot be read, UsageError where there is none."""
    if file is not None:
        return read_secret_file(file)
    token = environment().get(PUSH_TOKEN_VARIABLE, "").strip()
    if not token:
        hint = f"name the file that holds it, or set {PUSH_TOKEN_VARIABLE}"
        raise UsageError("a push needs the token of a source there", where="--token-file", hint=hint)
    return token
