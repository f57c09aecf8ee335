"""Tokens of pushed sources: given once, inline or by file, and each good for one door."""

from pathlib import Path

import pytest

from incidentd.settings import effective, policy_of
from incidentd.sources import PushedSettings
from tests.settings.written import load, refusal

FILES = {"one": "first-token", "two": "second-token", "same": "first-token", "empty": ""}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With tokens in it."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ("token_file: one", ["first-token"]),
        ("token: inline-token", ["inline-token"]),
        ("token: inline-token, earlier_token_file: one", ["inline-token", "first-token"]),
        ("token_file: one, earlier_token: inline-token", ["first-token", "inline-token"]),
    ],
)
def test_a_token_stands_inline_or_in_a_file(folder: Path, settings: str, kept: list[str]) -> None:
    """And is never shown; the source is one that others sweep."""
    loaded = load(folder, f"sources: {{b: {{kind: pushed, {settings}}}}}")
    source = loaded.settings.sources["b"]
    assert isinstance(source, PushedSettings)
    assert [secret.read() for secret in source.tokens(folder).values()] == kept
    assert "inline-token" not in repr(loaded) + str(effective(loaded.settings))
    assert policy_of(loaded.settings).pushed_sources == ("b",)


MISTAKES = {
    "": "a pushed source needs the token that it is pushed with: token_file",
    "token: a, token_file: one": "token and token_file are both given: keep one",
    "token_file: one, earlier_token: a, earlier_token_file: two": (
        "earlier_token and earlier_token_file are both given: keep one"
    ),
    "token_file: nowhere": "the secret file cannot be read",
    "token_file: empty": "the secret file holds no text",
    "token_file: one, earlier_token_file: same": "it holds the same token as sources.b.token_file",
    'token: "a\\nb"': "a secret is one line of text",
    "token_file: one, silent_after: 0s": "sources.b.silent_after",
    "token_file: one, most_places: 0": "sources.b.most_places",
    "token_file: one, labels_trusted: [a]": "unknown key",
}


@pytest.mark.parametrize("settings", MISTAKES)
def test_what_cannot_be_meant_is_refused(folder: Path, settings: str) -> None:
    """By name, and without the token."""
    said = "\n".join(refusal(folder, f"sources: {{b: {{kind: pushed, {settings}}}}}"))
    assert "sources.b" in said and MISTAKES[settings] in said
    assert "first-token" not in said


@pytest.mark.parametrize(
    "also",
    [
        "sources: {b: {kind: pushed, token_file: one}, c: {kind: pushed, token_file: same}}",
        "sources: {b: {kind: pushed, token_file: one}}\nweb: {token_file: same}",
    ],
)
def test_one_token_opens_one_door(folder: Path, also: str) -> None:
    """Two sources, or a source and the board."""
    (said,) = refusal(folder, also)
    assert "it holds the same token as" in said


def test_an_inline_token_belongs_in_a_private_file(folder: Path) -> None:
    """As every secret does."""
    (said,) = refusal(folder, "sources: {b: {kind: pushed, token: inline-token}}", mode=0o644)
    assert "sources.b.token" in said and "inline-token" not in said
