"""Log lines: JSON off a terminal, for people on one, always to stderr, without secrets and harmless to a terminal.

What libraries log through the standard library goes the same way.
"""

import logging
import logging.config
import sys
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

from incidentd.cli.redaction import redacted
from incidentd.planning.sanitize import sanitize

_VALUE_CUT = 2000
_LINES = ("exception", "stack")
"""Fields that have several lines, in whose order there is sense."""


def configure_logs(log_format: str, *, verbose: bool) -> None:
    """Sets up logging for this process. `log_format`: auto, json or console."""
    for_people = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(for_people))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO if verbose else logging.WARNING)
    logging.getLogger("incidentd").setLevel(logging.DEBUG if verbose else logging.INFO)


def _shared() -> list[Processor]:
    """What every line gets, whoever wrote it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _formatter(for_people: bool) -> logging.Formatter:
    renderer: Processor = structlog.processors.JSONRenderer(default=str)
    if for_people:
        renderer = structlog.dev.ConsoleRenderer(
            colors=False, timestamp_key="at", exception_formatter=structlog.dev.plain_traceback
        )
    return ProcessorFormatter(
        foreign_pre_chain=[*_shared(), structlog.stdlib.ExtraAdder()],
        processors=[ProcessorFormatter.remove_processors_meta, without_secrets, renderer],
    )


def without_secrets(_: Any, __: str, event: EventDict) -> EventDict:
    """The last step before a line is written: no secrets, and no character that does something to a terminal."""
    return {name: _harmless(redacted(value, name), name) for name, value in event.items()}


def _harmless(value: Any, name: str) -> Any:
    if isinstance(value, str):
        if name in _LINES:
            return "\n".join(sanitize(line, _VALUE_CUT) for line in value.split("\n"))
        return sanitize(value, _VALUE_CUT)
    if isinstance(value, dict):
        return {sanitize(str(key)): _harmless(one, "") for key, one in value.items()}
    return [_harmless(one, "") for one in value] if isinstance(value, list) else value
