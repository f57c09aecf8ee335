"""The options that stand before every command; each command finds them in typer's context."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CliOptions:
    """`incidentd [--config PATH] [--log-format auto|json|console] [-v] COMMAND`."""

    config_path: Path | None = None
    """None: the configuration is looked for."""
    log_format: str = "auto"
    verbose: bool = False
