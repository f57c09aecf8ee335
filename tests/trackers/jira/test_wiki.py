"""Wiki markup: of one shape whatever names say, within its limit, and read back as it was said."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.ticket import PlaceLine
from incidentd.trackers.jira import adf, render, wiki
from incidentd.trackers.jira.datacenter import DataCenter
from tests.trackers.examples import content
from tests.trackers.jira.wiki_reading import read, said, shape

SPEAKS = DataCenter()
LIMIT = 32_767
HOSTILE_NAMES = (
    "{code}",
    "{noformat}x{noformat}",
    "{html}<script>alert(1)</script>{html}",
    "{panel:title=x}",
    "{color:red}red{color}",
    "[links|http://evil.example]",
    "[~admin]",
    "[^secret.txt]",
    "!images!",
    "!http://evil.example/x.png|width=1!",
    "|tables|",
    "||heads||",
    "*bold*",
    "_leaning_",
    "-gone-",
    "+under+",
    "^up^",
    "~mentions~",
    "??cited??",
    "{{typed}}",
    "a\\\\b",
    "\\{code}",
    "\\",
    "h1. big",
    "bq. quoted",
    "* item",
    "# item",
    "- item",
    "----",
    "&#123;code&#125;",
    "&lt;b&gt;",
    "http://evil.example/",
    "mailto:a@b.example",
    "\\\\share\\folder",
    ":) :D (x) (!) ;)",
    "OPS-1 -- --- OPS-2",
    "a\n{code}\nb",
    "a\r\n|b|\u2028h1. c",
    "<b>&amp;</b>",
    "*.example.com",
    "_dmarc.example.com",
    "CN=*.example.com, O=\"A | B\" {x}",
)  # fmt: skip  # a list, read in rows
HARMLESS = ("\\", "\\{code}", "&#123;code&#125;", "*.example.com", "_dmarc.example.com", "<b>&amp;</b>")
"""As they are: they are there for what an escaping that is too simple would make of them."""
NAMES = st.one_of(
    st.sampled_from(HOSTILE_NAMES),
    st.text(st.sampled_from("{}[]|!*_-+^~\\?#&;:.,()<>/@ ah1bqcode=\n"), min_size=1, max_size=30),
    st.text(min_size=1, max_size=40),
    st.lists(st.sampled_from(HOSTILE_NAMES), min_size=2, max_size=3).map("".join),
)


def ticket(name: str) -> str:
    """A description in which the name stands wherever outside text may stand."""
    line = PlaceLine(name, name, name, name)
    outside = dict.fromkeys(("headline", "what", "impact", "action", "owner", "why_now", "source", "group"), name)
    many: dict[str, Any] = {"places": (line, line), "tasks": (name,), "details": ((name, name),), "rule": (name,)}
    return SPEAKS.description(content(**outside, **many, commands=(f"openssl {name}",)))


@given(NAMES)
def test_a_hostile_name_changes_no_shape(name: str) -> None:
    """The tree that a suspicious reader sees is that of a harmless name; and the name is in it, as it was."""
    harmless, hostile = read(ticket("api")), read(ticket(f"a{name}"))
    assert shape(hostile) == shape(harmless)
    assert " ".join(f"a{name}".encode("utf-8", "replace").decode().split()) in said(("all", *hostile))


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_alone_changes_no_shape(name: str) -> None:
    """Also where nothing harmless stands before it."""
    assert shape(read(ticket(name))) == shape(read(ticket("api")))


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if name not in HARMLESS])
def test_the_reader_is_awake(name: str) -> None:
    """Each of these would mean something, were it written as it is."""
    harmless = ticket("api")
    assert shape(read(harmless.replace("api", " ".join(name.split())))) != shape(read(harmless))


@given(NAMES)
def test_a_comment_reads_as_it_was_written(name: str) -> None:
    """Whatever it says: so what was said once is known again, also after an editor that ends lines with CR LF."""
    written = SPEAKS.comment(f"SEVERITY UP: {name}\n{name}")
    expected = [
        " ".join(line.split()) for line in adf.plain(render.comment(f"SEVERITY UP: {name}\n{name}")).split("\n")
    ]
    assert wiki.plain(written).split("\n") == [line for line in expected if line]
    assert wiki.plain(written.replace("\n", "\r\n")) == wiki.plain(written)


@pytest.mark.parametrize("count", [0, 10, 2_000])
@pytest.mark.parametrize("text", ["short", "{" * 400, "\U0001f512" * 3_000], ids=["short", "signs", "wide"])
def test_a_text_keeps_its_limit_and_counts_what_it_leaves_out(count: int, text: str) -> None:
    """32,767 characters of what is stored, references counted; no place goes without being shown or counted."""
    places = tuple(PlaceLine(f"place-{number}", text, text, text) for number in range(count))
    many = (text,) * 100
    said_of_it = content(
        places=places, places_left_out=7, headline=text, what=text, impact=text, action=text, owner=text, source=text,
        tasks=many, commands=many, details=tuple((one, one) for one in many), rule=many,
    )  # fmt: skip  # a list, read in rows
    stored = SPEAKS.standing_in(said_of_it)
    assert len(stored.encode("utf-16-le")) // 2 <= LIMIT
    shown = stored.count("|place-")
    assert f"and {count - shown + 7} more places" in stored


def test_what_a_person_changes_is_an_edit_and_what_an_editor_does_is_none() -> None:
    """A word, a ticked task; but not other ends of lines, nor the day on which the facts changed."""
    written = SPEAKS.description(content())
    changed = [written.replace("payments-sre", "someone"), written.replace("☐", "☑", 1), written[:-20]]
    assert len({wiki.digest(one) for one in [*changed, written]}) == 4
    assert wiki.digest(written.replace("\n", " \r\n") + "\r\n") == wiki.digest(written)
    assert wiki.digest(None) == wiki.digest(" ") == ""


def test_a_day_is_shown_and_counts_for_nothing() -> None:
    """As on Cloud: the description is not rewritten for it alone."""

    one, other = (SPEAKS.description(content(as_of=date(2026, 11, day))) for day in (22, 23))
    assert "2026-11-22" in one
    assert one != other
    assert wiki.digest(one) == wiki.digest(other)


def test_nodes_that_only_others_write_are_written_too() -> None:
    """Lists, headings, links, breaks: a document's text is never lost, whatever a later version builds of it."""
    words = [{"type": "text", "text": "a b"}]
    paragraph = {"type": "paragraph", "content": words}
    link = {"type": "text", "text": "x", "marks": [{"type": "link", "attrs": {"href": "https://e.example/a|b]c d"}}]}
    listed = [{"type": "listItem", "content": [paragraph]}]
    broken = [{"type": "text", "text": "one"}, {"type": "hardBreak"}, {"type": "text", "text": "two"}]
    document = adf.document(
        [
            {"type": "heading", "attrs": {"level": 2}, "content": words},
            {"type": "bulletList", "content": listed},
            {"type": "orderedList", "content": listed},
            {"type": "paragraph", "content": [link]},
            {"type": "paragraph", "content": broken},
            {"type": "paragraph", "content": [{"type": "mention", "attrs": {"id": "1", "text": "@a"}}]},
        ]
    )
    assert wiki.written(document).split("\n\n") == [
        "h2. a b", "* a b", "# a b", "[x|https://e.example/a%7Cb%5Dc%20d]", "one\ntwo", "&#64;a",
    ]  # fmt: skip  # a list, read in rows
    assert wiki.plain({"type": "doc"}) == ""
    assert json.dumps(wiki.written(document))


def test_marks_stand_where_they_hold() -> None:
    """A word or another mark beside one would undo it: a space keeps them apart, and only where it must."""
    marked = [adf.text("a"), adf.text("b", "strong"), adf.text("c", "em"), adf.text(": d"), adf.text(" ")]
    assert wiki.written(adf.document([adf.line(*marked)])) == "a *b* _c_&#58; d "
    assert wiki.written(adf.document([adf.line(adf.text("("), adf.text("b", "strong"))])) == "&#40;*b*"
