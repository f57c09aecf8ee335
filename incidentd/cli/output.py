"""How commands write: data to stdout, progress and hints to stderr; documents, tables and progress bars, alike in all.

Nothing in a cell or a document can do anything to a terminal, whoever wrote it.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from incidentd.planning.sanitize import sanitize
from incidentd.sources.interface import Progress, no_progress

SCHEMA_VERSION = 1


class Form(StrEnum):
    """How a command's data is printed."""

    TEXT = "text"
    JSON = "json"


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document; the same as -o json.")]
InForm = Annotated[Form, typer.Option("--output", "-o", help="How to print it.")]


_ANY_WIDTH = 10_000
"""Columns where nobody looks: off a terminal a table is as wide as its longest cells, and no cell is broken."""


def print_document(document: Mapping[str, Any]) -> None:
    """A JSON document to stdout."""
    typer.echo(json_text(document))


def tell(document: Mapping[str, Any], text: str, *, as_json: bool, form: Form) -> None:
    """What a command did, to stdout: as a document where one was asked for, else in words."""
    if as_json or form is Form.JSON:
        print_document(document)
    else:
        typer.echo(text)


def print_table(columns: Sequence[str], rows: "Sequence[Sequence[Cell | str]]") -> None:
    """A table to stdout. Its cells are made harmless here."""
    safe = [[Cell(sanitize(cell)) if isinstance(cell, str) else cell for cell in row] for row in rows]
    typer.echo(table_text(columns, safe))


def json_text(document: Mapping[str, Any]) -> str:
    """In ASCII, with its `schema_version` first: no character of it can do anything to a terminal."""
    return json.dumps(_versioned(document), indent=2)


def json_line(document: Mapping[str, Any]) -> str:
    """The same on one line."""
    return json.dumps(_versioned(document), separators=(",", ":"))


def _versioned(document: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema_version": SCHEMA_VERSION, **document}


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, in a style of rich where colours are shown."""

    text: str
    style: str = ""


def table_text(columns: Sequence[str], rows: Sequence[Sequence[Cell | str]]) -> str:
    """A table without frames, as wide as the terminal, or as it needs to be off one. Nothing in a cell is markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # COLUMNS counts on a terminal only: readline exports it to every process that is started from one that uses it.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _ANY_WIDTH
    console = Console(width=width, highlight=False, markup=False)
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        cells = (cell if isinstance(cell, Cell) else Cell(cell) for cell in row)
        drawn.add_row(*(Text(cell.text, style=cell.style) for cell in cells))
    with console.capture() as captured:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def sweep_progress() -> AbstractContextManager[Progress]:
    """The bar of a sweep."""
    return progress_bar("Looking at certificates")


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """Shows how far something has come, on stderr, where that is a terminal; nowhere else."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield show
