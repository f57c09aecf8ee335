"""Log lines: where they go, in which form, and what never stands in them."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import example, given
from hypothesis import strategies as st

from incidentd.cli.logs import configure_logs
from incidentd.cli.redaction import REDACTED, redacted, redacted_text

CANARY = "canary-s3cret-0123456789"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("incidentd")
    before = (root.handlers[:], root.level, ours.level)
    yield
    root.handlers, _, _ = before
    root.setLevel(before[1])
    ours.setLevel(before[2])
    structlog.reset_defaults()


def log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("incidentd.test")
    return logger


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    out, err = capsys.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_off_a_terminal_lines_are_json_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line, with level, time and event."""
    configure_logs("auto", verbose=False)
    log().info("swept", source="edge", count=3)
    log().debug("not shown without -v")
    (line,) = lines(capsys)
    assert {name: line[name] for name in ("event", "level", "source", "count")} == {
        "event": "swept",
        "level": "info",
        "source": "edge",
        "count": 3,
    }
    assert str(line["at"]).endswith("Z")


def test_console_lines_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """No JSON, no colours off a terminal."""
    configure_logs("console", verbose=True)
    log().debug("swept", source="edge")
    err = capsys.readouterr().err
    assert "swept" in err
    assert "source=edge" in err
    assert "\x1b" not in err


def test_libraries_go_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    """Their warnings are shown, and are redacted; what they only mention is not."""
    configure_logs("json", verbose=False)
    logging.getLogger("library").info("request sent")
    logging.getLogger("library").warning("Authorization: Bearer %s", CANARY)
    (line,) = lines(capsys)
    assert line["event"] == f"Authorization: Bearer {REDACTED}"


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_reaches_a_line(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By its name, by its shape, in a traceback, however deep."""
    configure_logs(form, verbose=True)
    log().info(
        "sent", headers={"Authorization": f"Token token={CANARY}"}, routing_key=CANARY, url=f"https://u:{CANARY}@h"
    )
    log().info(f'body {{"routing_key": "{CANARY}"}}', deep=[[{"api_token": CANARY}]], cookie=CANARY)
    try:
        raise ValueError(f"password={CANARY}")
    except ValueError:
        log().exception("failed")
    err = capsys.readouterr().err
    assert CANARY not in err
    assert "ValueError" in err
    assert err.count(REDACTED) >= 6


@pytest.mark.parametrize("form", ["json", "console"])
def test_outside_text_is_harmless(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No line of its own, no escape sequence, no turned text."""
    configure_logs(form, verbose=False)
    log().info("seen \x1b[31m\nforged", name="a\r\nb\u202e", more={"x\x1b": ["\x07"]})
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert not set("\x1b\r\x07\u202e") & set(err)


SPOKEN = ("authentication", "authorization")
"""Said of a scheme in a sentence, so no secret: `Basic authentication`."""


@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCXYZ0123456789", min_size=12, max_size=64).filter(
        lambda text: text not in SPOKEN
    )
)
@example("Authorizatio")
def test_secrets_of_any_text_are_taken_out(secret: str) -> None:
    """In every shape that we know, and only they: a header's name that spells the same stays."""
    for shape in ("Authorization: Bearer {}", "Basic {}", "Token token={}", "postgresql://u:{}@h/db", "api_token={}"):
        told = redacted_text(f"before {shape.format(secret)} after")
        assert told.count(secret) == shape.count(secret)
        assert told.startswith("before ")
        assert told.endswith(" after")


@pytest.mark.parametrize(
    "text",
    [
        '{{"routing_key": "{}"}}',
        "{{'api_token': '{}'}}",
        r'"{{\"password\": \"{}\"}}"',
        "password={}",
        "routing_key = {}",
        'secret: "{}"',
        "Authorization: {}",
        "authorization: Token token={}",
        "Authorization: Digest {}",
        "proxy-authorization: basic {}",
        "Cookie: session={}",
    ],
)
@pytest.mark.parametrize("secret", ["hunter", "canary-1", CANARY])
def test_a_value_in_structured_form_is_taken_out_whatever_it_looks_like(text: str, secret: str) -> None:
    """A word may be a password where it stands as one."""
    told = redacted_text(text.format(secret))
    assert secret not in told
    assert REDACTED in told


@pytest.mark.parametrize(
    "secret", [CANARY, "0123456789abcdef", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "Ab3/+" * 6]
)
def test_a_token_after_a_name_and_a_colon_is_taken_out(secret: str) -> None:
    """Sixteen characters or more, with digits."""
    assert redacted_text(f"api_token: {secret}, next") == f"api_token: {REDACTED}, next"
    assert redacted_text(f"Basic {secret}") == redacted_text(f"bearer {secret}").replace("bearer", "Basic")


@pytest.mark.parametrize(
    "text",
    [
        "k8s://c/ns/secret/web-tls#tls.crt",
        "a token is missing",
        "https://h:443/x@y",
        "incidentd.yaml:3: trackers.oncall.routing_key: a secret stands in a file that others may read",
        "environment INCIDENTD_TRACKERS__ONCALL__ROUTING_KEY: trackers.oncall: `kind` is missing (there are: jira)",
        "trackers.oncall.api_token: is missing",
        "web.token: unknown key (did you mean token_file?)",
        "password: /run/secrets/pagerduty-2026/token: No such file or directory",
        "routing_key: incidentd.yaml:3",
        "the basic settings, Basic authentication, and Bearer tokens",
        "the bearer certificate",
    ],
)
def test_other_text_stays(text: str) -> None:
    """Places and sentences are not secrets."""
    assert redacted_text(text) == text
    assert redacted({"where": text, "count": 3, "none": None}) == {"where": text, "count": 3, "none": None}
