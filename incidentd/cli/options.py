"""The options that stand before every command; each command finds them in typer's context."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FAILURE_EXIT = "incidentd.failure_exit"


@dataclass(frozen=True, slots=True)
class CliOptions:
    """`incidentd [--config PATH] [--log-format auto|json|console] [-v] COMMAND`."""

    config_path: Path | None = None
    """None: the configuration is looked for."""
    log_format: str = "auto"
    verbose: bool = False


def fails_with(context: Any, code: int) -> None:
    """From here on this exit code says that incidentd itself failed; for one command of a family. Typer's contexts."""
    context.find_root().meta[_FAILURE_EXIT] = code


def failure_exit_in(context: Any, otherwise: int) -> int:
    """What a command of this context said by `fails_with`, if it did."""
    return int(context.meta.get(_FAILURE_EXIT, otherwise))
