"""The pages as a browser sees them: styled, free of scripts and reports, and deaf to hostile names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Dialog, Page, Request

from incidentd.web.app import board
from incidentd.web.serving import Front
from tests.web.hostile import NAMES, lay_out_hostile
from tests.web.world import Lived, built, lay_out

pytestmark = pytest.mark.xdist_group("browser")

PATHS = (
    "/",
    "/certs",
    "/plan",
    "/concentration",
    "/health",
    "/certs?q=%3Cimg%20src=x%20onerror=alert(1)%3E",
    "/nothing",
)


@dataclass
class Seen:
    """What a page did beside being shown."""

    dialogs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings in the console: what the content security policy stopped stands here."""
    foreign: list[str] = field(default_factory=list)
    """Addresses beyond our own that were asked for."""

    async def dialog(self, dialog: Dialog) -> None:
        """A name that was run would say so."""
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    def console(self, message: ConsoleMessage) -> None:
        """The browser's own complaints."""
        if message.type in ("error", "warning") and "status of 404" not in message.text:
            self.complaints.append(message.text)


@asynccontextmanager
async def served(world: Lived) -> AsyncIterator[str]:
    """The board on a port of its own."""
    front, address = Front(), ("127.0.0.1", 0)
    app: Any = board(world.installation, world.status, world.door)
    await front.open(address, app)
    try:
        yield front.urls[0]
    finally:
        await front.close()


async def watched(browser: Browser, url: str) -> tuple[Page, Seen]:
    """A page that tells what happens on it."""
    page, seen = await browser.new_page(), Seen()

    def asked(request: Request) -> None:
        if not request.url.startswith(url):
            seen.foreign.append(request.url)

    page.on("dialog", seen.dialog)
    page.on("console", seen.console)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", asked)
    return page, seen


async def test_hostile_names_run_nothing_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    """Over every page: no dialog, no report, no address that is not ours, no script at all."""
    lay_out_hostile(tmp_path)
    async with built(tmp_path) as world:
        await world.goes_round()
        async with served(world) as url:
            page, seen = await watched(browser, url)
            prints = [record.fingerprint for record in world.status.records]
            for path in (*PATHS, *(f"/c/{fingerprint}" for fingerprint in prints)):
                await page.goto(f"{url.rstrip('/')}{path}")
                assert await page.locator("script, img, svg, iframe, object").count() == 0, path
                for field_name in await page.locator("input").all():
                    await field_name.focus()
    assert (seen.dialogs, seen.complaints, seen.foreign) == ([], [], [])
    assert len(prints) == len(NAMES)


async def test_a_browser_would_report_what_the_policy_stops(browser: Browser, tmp_path: Path) -> None:
    """The watch above is awake: a script put on the page is stopped, and that is seen."""
    lay_out(tmp_path, {})
    async with built(tmp_path) as world, served(world) as url:
        page, seen = await watched(browser, url)
        await page.goto(url)
        await page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"http://127.0.0.9:1/x\">')")
        await page.wait_for_function("document.images.length === 1 && document.images[0].complete")
    assert any("Content Security Policy" in complaint for complaint in seen.complaints)


@pytest.mark.parametrize("width", [390, 1200])
async def test_the_board_is_styled_and_fits_its_window(browser: Browser, tmp_path: Path, width: int) -> None:
    """The style sheet applies, incidents are visible, and nobody has to scroll sideways, on a phone either."""
    lay_out(tmp_path, {"api.example.test": 60.0, "x" * 60 + ".example.test": 2.0})
    async with built(tmp_path) as world:
        await world.goes_round()
        async with served(world) as url:
            page, seen = await watched(browser, url)
            await page.set_viewport_size({"width": width, "height": 800})
            await page.goto(url)
            assert await page.title() == "2 open · incidentd"
            assert await page.locator("article.incident").count() == 2
            assert await page.locator("article.incident.critical .severity").is_visible()
            side = await page.evaluate("getComputedStyle(document.querySelector('article')).borderLeftWidth")
            assert side == "4px"
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert seen.complaints == []


async def test_a_person_finds_a_certificate(browser: Browser, tmp_path: Path) -> None:
    """From the board to the list, by a word, to the certificate; without scripts."""
    lay_out(tmp_path, {"api.example.test": 60.0, "fine.example.test": 300.0})
    async with built(tmp_path) as world:
        await world.goes_round()
        async with served(world) as url:
            page, seen = await watched(browser, url)
            await page.goto(url)
            await page.get_by_role("link", name="Certificates").click()
            await page.get_by_role("searchbox").fill("fine")
            await page.get_by_role("button", name="Find").click()
            assert await page.locator("tbody tr").count() == 1
            await page.get_by_role("link", name="fine.example.test").click()
            assert await page.locator("h1").inner_text() == "fine.example.test"
            assert "It never had one." in await page.inner_text("main")
    assert (seen.dialogs, seen.complaints, seen.foreign) == ([], [], [])
