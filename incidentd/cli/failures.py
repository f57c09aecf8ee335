"""What is said when a command fails: what, where, what to do next, in a few lines, and the exit code."""

import traceback
from collections.abc import Sequence

import typer

from incidentd.cli.redaction import redacted_text
from incidentd.errors import ConfigError, IncidentdError, UsageError
from incidentd.planning.sanitize import sanitize

USAGE_EXIT = 2
_LINE_CUT = 2000
_BEFORE_THE_COMMAND = {"--config": " PATH", "--log-format": " FORMAT", "-v": "", "--verbose": "", "--version": ""}


def told(error: Exception, arguments: Sequence[str], failure_exit: int, *, verbose: bool) -> tuple[int, str]:
    """The exit code, and what to write to stderr. Line by line harmless, and without secrets."""
    cause = _only_cause(error)
    code, text = _explained(cause, arguments, failure_exit, verbose)
    if verbose and not isinstance(cause, typer.TyperException | UsageError | ConfigError):
        text = "".join(traceback.format_exception(error)) + text
    lines = redacted_text(text).rstrip("\n").split("\n")
    return code, "".join(f"{sanitize(line, cut_at=_LINE_CUT)}\n" for line in lines)


def _explained(cause: Exception, arguments: Sequence[str], failure_exit: int, verbose: bool) -> tuple[int, str]:
    match cause:
        case typer.TyperException():
            return cause.exit_code, _wrong_usage(cause, arguments)
        case ConfigError():
            return USAGE_EXIT, _ours(cause).replace("\n", "\nincidentd: ", cause.what.count("\n"))
        case UsageError():
            return USAGE_EXIT, _ours(cause)
        case IncidentdError():
            return failure_exit, _ours(cause)
    advice = "" if verbose else ", rerun with -v for the traceback"
    if isinstance(cause, OSError) and cause.strerror:
        place = f"{cause.filename}: " if cause.filename else ""
        return failure_exit, f"incidentd: {place}{cause.strerror}{advice}"
    return failure_exit, f"incidentd: internal error: {type(cause).__name__}: {cause}{advice}"


def _only_cause(error: Exception) -> Exception:
    """What stands in a group of one, which is what a task group makes of an error."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _ours(error: IncidentdError) -> str:
    place = f"{error.where}: " if error.where else ""
    hint = f"\n  hint: {error.hint}" if error.hint else ""
    return f"incidentd: {place}{error.what}{hint}"


def _wrong_usage(error: typer.TyperException, arguments: Sequence[str]) -> str:
    """typer's own sentence, with a hint where an option stands on the wrong side of the command."""
    message = error.format_message()
    if message.startswith("Usage:"):  # a family of commands was called without one: that is its whole help
        return message
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "incidentd"
    hint = _misplaced(getattr(error, "option_name", ""), path, arguments) or f"`{path} --help` says what it takes"
    return f"incidentd: {message}\n  hint: {hint}"


def _misplaced(option: str, path: str, arguments: Sequence[str]) -> str:
    _, _, command = path.partition(" ")
    if command and option in _BEFORE_THE_COMMAND:
        return f"{option} stands before the command: incidentd {option}{_BEFORE_THE_COMMAND[option]} {command} …"
    if not command and option and any(not one.startswith("-") for one in arguments):
        return f"options of a command stand after it: incidentd COMMAND {option} …"
    return ""
