"""A file of targets, one a line. A line that cannot be read may be any target, so it makes the whole list uncertain.

So does a file without any: it is more often a file that was cut short than a wish to watch nothing.
"""

from dataclasses import dataclass
from pathlib import Path

from incidentd.sources.target import Target, parse_target

MAX_TARGETS_FILE_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TargetsRead:
    """The targets of a file, in its order, and what is wrong with it; None when nothing is."""

    targets: tuple[Target, ...]
    trouble: str | None = None


def read_targets(path: Path) -> TargetsRead:
    """Targets, one a line; `#` begins a comment. Blocking. Never raises for what stands in the file."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TARGETS_FILE_BYTES + 1)
    except OSError as error:
        return TargetsRead((), f"targets_file {path} cannot be read: {error.strerror}; make it readable or remove it")
    if len(content) > MAX_TARGETS_FILE_BYTES:
        return TargetsRead((), f"targets_file {path} is larger than 10 MB; split it over several sources")
    return parse_targets(content.decode("utf-8", "replace"), str(path))


def parse_targets(text: str, where: str) -> TargetsRead:
    """The same for text. Every good line counts; the first bad one is named by its number."""
    targets: list[Target] = []
    trouble: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        written = line.partition("#")[0].strip()
        if not written:
            continue
        try:
            targets.append(parse_target(written))
        except ValueError as error:
            trouble = trouble or f"targets_file {where}, line {number}: {error}"
    if not targets and trouble is None:
        trouble = f"targets_file {where} holds no target; list some in it, or take it out of the configuration"
    return TargetsRead(tuple(targets), trouble)
