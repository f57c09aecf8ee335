"""Answers as bytes: whatever the framing, they arrive whole on the page, or are refused with a reason."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.observation import GapReason
from incidentd.ports import ThreadWorker
from incidentd.sources.kubernetes.access import Access
from incidentd.sources.kubernetes.asking import Api
from incidentd.sources.kubernetes.pipe import Deadlines
from incidentd.sources.kubernetes.refusal import Refusal
from incidentd.sources.kubernetes.settings import KubernetesSettings
from incidentd.sources.kubernetes.wiping import Page, TooMuch, wipe
from tests.sources.kubernetes.stage import write_kubeconfig
from tests.sources.world import speaking

SETTINGS = KubernetesSettings.model_validate({"kind": "kubernetes", "cluster": "test", "kubeconfig": "kubeconfig"})
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = bytes(range(256)) * 1024
"""Many times what fits into the buffer of a connection."""


@asynccontextmanager
async def answering(folder: Path, *pieces: bytes, hangs: bool = False) -> AsyncIterator[Api]:
    """An API server that says just this, in these pieces, and ends the connection, or does not."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if hangs:
            await reader.read()

    async with speaking(talk) as port:
        write_kubeconfig(folder, f"http://127.0.0.1:{port}")
        deadlines = Deadlines(20, 0.2 if hangs else 20)
        api = Api(Access(SETTINGS, folder, deadlines), ThreadWorker())
        yield api
        await api.close()


async def read(api: Api, most_bytes: int = 1024 * 1024) -> bytes:
    """The whole body of one answer."""
    page = Page(most_bytes)
    await api.read("/api/v1/secrets", {"limit": "1"}, page)
    return bytes(page.view)


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ((OK + b"Content-Length: 5\r\n\r\nhello",), b"hello"),
        ((OK + b"content-length: 5\r\n\r\nhel", b"lo and more"), b"hello"),
        ((OK + b"Content-Length: 0\r\n\r\n",), b""),
        ((OK + b"\r\nhel", b"lo"), b"hello"),
        ((CHUNKED + b"3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",), b"hello"),
        ((CHUNKED + b"3\r\nhe", b"l\r", b"\n2\r\nlo\r\n0\r\n", b"\r\n"), b"hello"),
        ((CHUNKED + b"%x\r\n" % len(LONG), LONG, b"\r\n0\r\n\r\n"), LONG),
        ((OK + b"Content-Length: %d\r\n\r\n" % len(LONG), LONG), LONG),
        ((b"HTTP/1.0 200\r\n\r\n", LONG), LONG),
    ],
)
async def test_a_body_arrives_whole(tmp_path: Path, pieces: tuple[bytes, ...], body: bytes) -> None:
    """By its length, in chunks, or up to the end of the connection."""
    async with answering(tmp_path, *pieces) as api:
        assert await read(api) == body


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", GapReason.RESET),
        (OK, GapReason.RESET),
        (OK + b"Content-Length: 9\r\n\r\nhello", GapReason.RESET),
        (CHUNKED + b"9\r\nhello", GapReason.RESET),
        (CHUNKED + b"5\r\nhello\r\n", GapReason.RESET),
        (CHUNKED + b"3\r\nhello\r\n0\r\n\r\n", GapReason.UNREADABLE),
        (CHUNKED + b"x\r\nhello", GapReason.UNREADABLE),
        (CHUNKED + b"-5\r\nhello", GapReason.UNREADABLE),
        (b"SSH-2.0-OpenSSH_9.2\r\n", GapReason.UNREADABLE),
        (b"HTTP/1.1 two\r\n\r\n", GapReason.UNREADABLE),
        (OK + b"no colon\r\n\r\n", GapReason.UNREADABLE),
        (OK + b"Content-Length: -1\r\n\r\n", GapReason.UNREADABLE),
        (OK + b"a: b\r\n" * 200 + b"\r\n", GapReason.UNREADABLE),
        (b"x" * 70_000, GapReason.UNREADABLE),
        (OK + b"\r\n" + b"x" * 300_000, GapReason.TOO_LARGE),
        (b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", GapReason.UNREACHABLE),
        (b"HTTP/1.1 429 x\r\nContent-Length: 0\r\n\r\n", GapReason.UNREACHABLE),
        (b'HTTP/1.1 403 x\r\nContent-Length: 18\r\n\r\n{"message":"mine"}', GapReason.PERMISSION),
        (b"HTTP/1.1 403 x\r\nContent-Length: 2\r\n\r\n[]", GapReason.PERMISSION),
        (b"HTTP/1.1 500 x\r\nContent-Length: 1\r\n\r\nx", GapReason.UNREACHABLE),
        (b"HTTP/1.1 500 x\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip.", GapReason.SOURCE_FAILED),
    ],
)
async def test_what_is_no_whole_answer_is_refused(tmp_path: Path, answer: bytes, reason: GapReason) -> None:
    """Cut, overlong, no HTTP, an error, a redirection: never a part of an answer, never another place."""
    async with answering(tmp_path, answer) as api:
        with pytest.raises(Refusal) as refused:
            await read(api, most_bytes=200_000)
    assert refused.value.reason is reason


@pytest.mark.parametrize("answer", [b"", OK, CHUNKED, CHUNKED + b"9\r\nhel", OK + b"Content-Length: 9\r\n\r\nhel"])
async def test_silence_ends_at_the_deadline_wherever_it_falls(tmp_path: Path, answer: bytes) -> None:
    """In the head, before a chunk, within the body."""
    async with answering(tmp_path, answer, hangs=True) as api:
        with pytest.raises(Refusal, match=re.escape("silent: nothing came for 0.2 s")) as refused:
            await read(api)
    assert refused.value.reason is GapReason.TIMED_OUT


async def test_lines_come_one_by_one_however_they_are_cut(tmp_path: Path) -> None:
    """What follows a line in the same piece is not lost; an end without a line feed is no line."""
    pieces = (CHUNKED, b"4\r\none\n\r\n", b"9\r\ntwo\nthree\r\n", b"3\r\n\nxy\r\n", b"0\r\n\r\n")
    async with answering(tmp_path, *pieces) as api:
        lines = [bytes(line) async for line in api.lines("/api/v1/secrets", {}, Page(1000), 20)]
    assert lines == [b"", b"one", b"two", b"three"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=90), max_size=12), st.integers(0, 400))
def test_a_page_holds_what_came_up_to_its_cap_and_nothing_once_it_was_wiped(pieces: list[bytes], most: int) -> None:
    """Whatever the pieces are; more than it may hold is refused as a whole."""
    page, whole = Page(most), b""
    for piece in pieces:
        if len(whole) + len(piece) > most:
            with pytest.raises(TooMuch):
                page.append(memoryview(piece))
        else:
            page.append(memoryview(piece))
            whole += piece
    assert bytes(page.view) == whole
    half = len(whole) // 2
    page.drop(half)
    assert bytes(page.view) == whole[half:]
    everything = page.line(page.length)
    page.wipe()
    assert (page.length, everything.tobytes().strip(b"\0")) == (0, b"")


def test_bytes_of_our_own_are_zeroed_in_place() -> None:
    """Those that Python shares are left as they are."""
    secret, shared = b"".join([b"se", b"cret"]), b"x"
    wipe(secret)
    wipe(shared)
    assert (secret == bytes(6), shared) == (True, b"x")


async def test_a_refusal_without_an_end_is_not_waited_for(tmp_path: Path) -> None:
    """Its status says enough, and nothing else bounds what it may hold."""
    async with answering(tmp_path, b"HTTP/1.1 403 Forbidden\r\n\r\n", *[LONG] * 8, hangs=True) as api:
        with pytest.raises(Refusal) as refused:
            await read(api)
    assert refused.value.reason is GapReason.PERMISSION
