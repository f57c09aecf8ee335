"""Names from outside stay names: no element, no attribute, no control character of theirs reaches a page."""

import unicodedata
from html.parser import HTMLParser
from pathlib import Path

from incidentd.planning.sanitize import INVISIBLE, sanitize
from tests.web.hostile import NAMES, lay_out_hostile
from tests.web.world import Lived, built

ELEMENTS = {
    "html", "head", "meta", "title", "link", "body", "header", "div", "strong", "span", "nav", "a", "main", "ul", "li",
    "h1", "h2", "p", "article", "table", "thead", "tbody", "tr", "th", "td", "footer", "form", "input", "button",
    "code", "br",
}  # fmt: skip  # a list, read in rows
ATTRIBUTES = {
    "lang", "charset", "name", "content", "http-equiv", "rel", "href", "type", "class", "role", "aria-current",
    "aria-label", "scope", "colspan", "action", "method", "value", "placeholder",
}  # fmt: skip  # a list, read in rows
PAGES = (
    "/",
    "/certs",
    "/plan",
    "/releases",
    "/concentration",
    "/health",
    "/certs?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "/certs?q=%22%20onfocus=%22x",
)


class Parts(HTMLParser):
    """What a browser would find on a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


async def _pages(world: Lived) -> dict[str, str]:
    decision = world.status.decision
    assert decision is not None
    paths = (*PAGES, *(f"/c/{fingerprint}" for fingerprint in decision.assessments))
    return {path: await world.text(path) for path in paths}


async def test_hostile_names_are_inert_on_every_page(tmp_path: Path) -> None:
    """Only our own elements, attributes and addresses; and nothing invisible but line ends of our own."""
    lay_out_hostile(tmp_path)
    sources = {
        "disk": {"kind": "files", "paths": ["certs"], "role": "served"},
        "edge": {"kind": "files", "paths": ["no\x1b[2J<b>where"]},
    }
    async with built(tmp_path, sources=sources) as world:
        await world.goes_round()
        pages = await _pages(world)
    for path, page in pages.items():
        parts = Parts(page)
        assert parts.elements <= ELEMENTS, path
        assert parts.attributes <= ATTRIBUTES, path
        assert all(address.startswith("/") for address in parts.addresses), path
        assert {c for c in page if unicodedata.category(c) in INVISIBLE} <= {"\n"}, path


async def test_hostile_names_can_still_be_read(tmp_path: Path) -> None:
    """Each stands on the board as it is, with what is invisible in it spelled out."""
    count = lay_out_hostile(tmp_path)
    async with built(tmp_path) as world:
        await world.goes_round()
        text = Parts(await world.text("/")).text
        assert len(world.status.records) == count
    assert all(sanitize(name, 128) in text for name in NAMES)


async def test_hostile_names_are_inert_in_plain_text_and_json(tmp_path: Path) -> None:
    """Metrics, readiness and the API are bytes that do nothing to a terminal."""
    lay_out_hostile(tmp_path)
    async with built(tmp_path) as world:
        await world.goes_round()
        async with world.client() as client:
            for path in ("/metrics", "/readyz", "/api/v1/incidents", "/api/v1/certificates", "/api/v1/plan"):
                body = (await client.get(path)).content
                assert body.isascii(), path
                assert not {byte for byte in body if byte < 0x20 or byte == 0x7F} - {0x0A}, path
