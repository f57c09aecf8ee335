"""The registry of formats: one module each, imported when it is asked for."""

from collections.abc import Callable
from importlib import import_module

from incidentd.cli.checking.report import Report

_FORMATS = {
    "table": ("as_table", "render"),
    "wide": ("as_table", "render_wide"),
    "json": ("as_json", "render"),
    "ndjson": ("as_json", "render_lines"),
    "csv": ("as_csv", "render"),
    "github": ("as_github", "render"),
    "nagios": ("as_nagios", "render"),
    "sarif": ("as_sarif", "render"),
}


def render(name: str, report: Report) -> str:
    """The report in the format of this name, without a line end."""
    module, function = _FORMATS[name]
    write: Callable[[Report], str] = getattr(import_module(f"incidentd.cli.checking.{module}"), function)
    return write(report)
