r"""Wiki markup, as Data Center reads it: a document's nodes written out, and what two texts have in common.

Documents are built once, as Atlassian documents, and written in this markup where Jira knows no other. Outside text
stands in it as references (`&#123;`) wherever a character could mean something, so that no name can become markup: a
backslash would do for most, but two of them are a line break (Jira, text formatting notation).
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from incidentd.trackers.jira.adf import Json

_SIGN = re.compile(r"[\x00-\x1f\x7f!#$&()*+\-.:;<>?@\[\\\]^_`{|}~]")
"""Every sign of ASCII that can mean something somewhere."""
_BEGINS_A_BLOCK = re.compile(r"(?:h[1-6]|bq)\Z", re.IGNORECASE)
_ENDS_CODE = re.compile(r"\{(?=\s*(?:code|noformat))", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(\d{1,7});")
_MACRO = re.compile(r"\{/?[a-z]+(?::[^{}\n]*)?\}")
_DAY = re.compile(r"_\d{4}-\d\d-\d\d_")
"""A day as it is written of a date; what others say of days stands without such signs."""
_MARKS = {"strong": "*", "em": "_"}
_PANELS = {
    "info": "#deebff",
    "note": "#eae6ff",
    "success": "#e3fcef",
    "warning": "#fffae6",
    "error": "#ffebe6",
}
_DONE, _TO_DO = "☑", "☐"


def escaped(written: str) -> str:
    """Outside text on one line that says what it said and means nothing."""
    return _SIGN.sub(_harmless, " ".join(written.encode("utf-8", "replace").decode().split()))


def _harmless(found: re.Match[str]) -> str:
    """The sign itself where it can mean nothing, else a reference to it."""
    line, at, one = found.string, found.start(), found[0]
    before, after = line[at - 1 : at] if at else " ", line[at + 1 : at + 2] or " "
    return one if _means_nothing(line[max(at - 2, 0) : at], before, one, after) else f"&#{ord(one)};"


def _means_nothing(word: str, before: str, one: str, after: str) -> bool:
    """Between words and numbers; elsewhere these make lists, headings, dashes, smileys and links."""
    if one not in ".-:;" or not before.isalnum():
        return False
    if one == "-":
        return after.isalnum()
    if one == "." and _BEGINS_A_BLOCK.search(word):
        return False
    return after == " " or after.isdecimal() or (one == "." and after.isalnum())


def written(document: Json) -> str:
    """A document in wiki markup, block by block."""
    return "\n\n".join(_blocks(document))


def size(document: Json) -> int:
    """The characters of a document in wiki markup, as Jira counts them: UTF-16 units."""
    return len(written(document).encode("utf-16-le", "surrogatepass")) // 2


def _children(node: Json) -> list[Json]:
    return [child for child in node.get("content") or () if isinstance(child, dict)]


def _blocks(node: Json) -> list[str]:
    return [shown for child in _children(node) if (shown := _block(child))]


def _block(node: Json) -> str:
    attrs = node.get("attrs") or {}
    match node.get("type"):
        case "panel":
            return _boxed(f"bgColor={_PANELS.get(str(attrs.get('panelType')), '#f4f5f7')}", node)
        case "expand":
            return _boxed(f"title={escaped(str(attrs.get('title') or ''))}", node)
        case "table":
            return "\n".join(_row(row) for row in _children(node))
        case "taskList":
            return "\n".join(_task(item) for item in _children(node))
        case "bulletList" | "orderedList" as kind:
            return "\n".join(f"{'*' if kind == 'bulletList' else '#'} {_flat(item)}" for item in _children(node))
        case "codeBlock":
            return "{code:bash}\n" + _verbatim(node) + "\n{code}"
        case "heading":
            return f"h{int(attrs.get('level') or 3)}. {_inline(node)}"
        case "rule":
            return "----"
        case _:
            return _inline(node)


def _boxed(parameters: str, node: Json) -> str:
    return "\n".join(("{panel:" + parameters + "}", *_blocks(node), "{panel}"))


def _row(row: Json) -> str:
    cells = _children(row)
    edge = "||" if cells and cells[0].get("type") == "tableHeader" else "|"
    return edge + edge.join(_flat(cell) or " " for cell in cells) + edge


def _task(item: Json) -> str:
    box = _DONE if (item.get("attrs") or {}).get("state") == "DONE" else _TO_DO
    return f"* {box} {_inline(item)}"


def _flat(node: Json) -> str:
    """A cell or a list item on one line: more would end its row."""
    return " ".join(_blocks(node))


def _verbatim(node: Json) -> str:
    """Nothing is markup in there but what ends it, and that cannot be escaped: it is taken apart."""
    lines = "".join(str(child.get("text") or "") for child in _children(node)).splitlines()
    return "\n".join(_ENDS_CODE.sub("{ ", line) for line in lines)


def _inline(node: Json) -> str:
    pieces = [_piece(child) for child in _children(node)]
    return "".join(_apart(left, right) + right for left, right in pairwise(["", *pieces]))


def _apart(left: str, right: str) -> str:
    """A mark holds only where no word touches it, nor another mark."""
    if not left or not right or not (left[-1] in "*_" or right[0] in "*_"):
        return ""
    return " " if all(end.isalnum() or end in "*_" for end in (left[-1], right[0])) else ""


def _piece(node: Json) -> str:
    kind, attrs = node.get("type"), node.get("attrs") or {}
    if kind == "hardBreak":
        return "\n"
    if kind == "status":
        return f"*{escaped(str(attrs.get('text') or ''))}*"
    if kind == "date":
        return f"_{datetime.fromtimestamp(int(attrs['timestamp']) / 1000, UTC).date().isoformat()}_"
    if kind != "text":
        return escaped(str(attrs.get("text") or attrs.get("url") or ""))
    return _marked(str(node.get("text") or ""), node.get("marks") or ())


def _marked(text: str, marks: Sequence[Json]) -> str:
    shown = escaped(text)
    if not shown:
        return " " if text else ""
    link = next((mark for mark in marks if mark.get("type") == "link"), None)
    if link is not None:
        return f"[{shown}|{_address(str((link.get('attrs') or {}).get('href') or ''))}]"
    signs = "".join(_MARKS.get(str(mark.get("type")), "") for mark in marks)
    lead, trail = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() else "")
    return f"{lead}{signs}{shown}{signs[::-1]}{trail}"


def _address(url: str) -> str:
    """What could end the link, or begin something in it, stands percent-encoded (RFC 3986, 2.1)."""
    return re.sub(r"[^\w.~:/?#&=%+,;@-]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)


def plain(body: Any) -> str:
    """What a text of ours says, one line a block: signs that stand for themselves are ours, what was said is not."""
    if not isinstance(body, str):
        return ""
    bare = _MACRO.sub("", "\n".join(body.splitlines()))
    lines = (re.sub(r"^(?:----|[*#] |h[1-6]\. )|[*_]|\|+", " ", line) for line in bare.split("\n"))
    return "\n".join(shown for line in lines if (shown := " ".join(_REFERENCE.sub(_meant, line).split())))


def _meant(reference: re.Match[str]) -> str:
    point = int(reference[1])
    return chr(point) if point < 0x110000 else reference[0]


def digest(body: Any) -> str:
    """Equal for texts that say the same: Jira's editor ends lines with CR LF; which day it is counts for nothing."""
    if not isinstance(body, str) or not body.strip():
        return ""
    text = _DAY.sub("", "\n".join(line.rstrip() for line in body.strip().splitlines()))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
