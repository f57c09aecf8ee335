"""A small, suspicious reading of Jira's wiki markup: what could mean something is taken to mean it.

Independent of what writes it; after Jira's text formatting notation (Help, Text Formatting Notation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Node = tuple[object, ...]
"""A kind, and what is in it: texts and further nodes."""

BLOCK_MACRO = re.compile(r"\{(panel|code|noformat|quote|color|html|expand)(:[^{}\n]*)?\}", re.IGNORECASE)
LISTED = re.compile(r"\s*([*#]+|-)\s+(.*)", re.DOTALL)
HEADED = re.compile(r"\s*(h[1-6]|bq)\.(.*)", re.DOTALL | re.IGNORECASE)
SMILEYS = (
    r":\)",
    r":-\)",
    r":\(",
    r":-\(",
    r":[PDp]",
    r";\)",
    r"\((?:y|n|i|/|x|!|\+|-|\?|on|off|\*[rgby]?|flag|flagoff)\)",
)
INLINE = re.compile(
    r"(?P<line_break>\\\\)"
    r"|(?P<escaped>\\[^\w\s])"
    r"|&\#(?P<reference>\d+);"
    r"|(?P<macro>\{[^{}\n]*\})"
    r"|(?P<bracket>\[[^\]\n]*\])"
    r"|(?P<image>![^\s!][^!\n]*!)"
    r"|(?P<address>[a-z][a-z0-9+.-]*://\S|(?:mailto|tel|skype|file|javascript|data|urn):\S|\\\\\w)"
    r"|(?P<mark>(?<![^\W_])(?P<sign>\*|_|\?\?|-|\+|\^|~)(?=\S)(?P<inner>[^\n]+?)(?<=\S)(?P=sign)(?![^\W_]))"
    rf"|(?P<smiley>{'|'.join(SMILEYS)})"
    r"|(?P<dash>---?)"
    r"|(?P<entity>&[a-z]+;)",
    re.IGNORECASE,
)


def read(markup: str) -> list[Node]:
    """The blocks of a text."""
    return list(_blocks(re.split(r"\r\n|\r|\n", markup)))


def said(node: object) -> str:
    """All that a tree says."""
    if isinstance(node, str):
        return node
    return "".join(said(child) for child in node[1:]) if isinstance(node, tuple) else ""


def shape(tree: object) -> object:
    """A tree without its words."""
    if isinstance(tree, list):
        return [shape(node) for node in tree]
    if isinstance(tree, tuple):
        return (tree[0], *(shape(child) for child in tree[1:] if not isinstance(child, str)))
    return None


def _blocks(lines: list[str]) -> Iterator[Node]:
    at = 0
    while at < len(lines):
        macro = BLOCK_MACRO.match(lines[at])
        if macro is None:
            yield from _line(lines[at])
            at += 1
            continue
        name = macro[1].lower()
        ends = [n for n in range(at + 1, len(lines)) if re.match(rf"\{{{name}[:}}]", lines[n], re.IGNORECASE)]
        end = ends[0] if ends else len(lines)
        inside = lines[at + 1 : end]
        plain = name in ("code", "noformat", "html")
        yield (name, *(["\n".join(inside)] if plain else _blocks(inside)))
        at = end + 1


def _line(line: str) -> Iterator[Node]:
    if not line.strip():
        return
    if re.fullmatch(r"\s*-{4,}\s*", line):
        yield ("rule",)
    elif line.lstrip().startswith("|"):
        cells = re.split(r"(?<!\\)(\|{1,2})", line.strip())
        inner = cells[2:-2] if cells[-1] == "" else cells[2:]
        yield ("row", *(("edge" + cell,) if cell.startswith("|") else ("cell", *_inline(cell)) for cell in inner))
    elif listed := LISTED.match(line):
        yield ("item" + listed[1], *_inline(listed[2]))
    elif headed := HEADED.match(line):
        yield (headed[1], *_inline(headed[2]))
    else:
        yield ("paragraph", *_inline(line))


def _inline(text: str) -> Iterator[object]:
    at = 0
    for found in INLINE.finditer(text):
        yield text[at : found.start()]
        at = found.end()
        yield from _piece(found)
    yield text[at:]


def _piece(found: re.Match[str]) -> Iterator[object]:
    kind = str(found.lastgroup)
    if found["reference"]:
        yield chr(int(found["reference"]))
    elif found["escaped"]:
        yield found["escaped"][1:]
    elif found["mark"]:
        yield ("mark" + found["sign"], *_inline(found["inner"]))
    else:
        yield (kind, found[0])
