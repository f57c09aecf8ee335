"""Settings of trackers: where tokens may be sent, and where they are read."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from incidentd.trackers import JiraSettings, PagerDutySettings
from incidentd.trackers.settings import is_loopback, tracker_url


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://acme.example/", "https://acme.example"),
        ("https://acme.example:8443/jira/", "https://acme.example:8443/jira"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_an_address_is_kept_without_its_closing_slash(written: str, kept: str) -> None:
    """Paths are joined to it."""
    assert tracker_url(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "http://acme.example",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://10.0.0.1",
        "http://[::ffff:10.0.0.1]",
        "HTTP://acme.example",
        "ftp://acme.example",
        "acme.example",
        "https://",
        "https://acme.example:port",
        "https://[::1",
        "https://acme.example/a b",
        "https://user@acme.example",
        "https://acme.example?x=1",
        "https://acme.example#x",
    ],
)
def test_another_address_gets_no_token(written: str) -> None:
    """Plain http off loopback, credentials within, or no address at all."""
    with pytest.raises(ValueError, match=r"plain http|no address|an address holds"):
        tracker_url(written)


def test_a_name_is_not_resolved_to_tell_loopback() -> None:
    """Who answers for a name can change."""
    assert is_loopback("127.8.9.1")
    assert not is_loopback("loopback.example")


def test_secrets_are_read_where_they_stand(tmp_path: Path) -> None:
    """Inline or by file, webhook secrets one a line."""
    (tmp_path / "key").write_text("routing\n")
    (tmp_path / "hooks").write_text("one\n\n two \n")
    by_file = PagerDutySettings(kind="pagerduty", routing_key_file="key", write_only=True, webhook_secrets_file="hooks")
    assert by_file.routing_key_reference(tmp_path).read() == "routing"
    assert by_file.webhook_secrets_now(tmp_path) == ("one", "two")
    assert by_file.api_token_reference(tmp_path) is None
    inline = PagerDutySettings.model_validate(
        {"kind": "pagerduty", "routing_key": " k ", "write_only": True, "webhook_secrets": ["a", "b"]}
    )
    assert inline.routing_key_reference(tmp_path).read() == "k"
    assert inline.webhook_secrets_now(tmp_path) == ("a", "b")


@pytest.mark.parametrize("secret", ["", "  ", "a\nb", "a\x00"])
def test_a_secret_is_one_line(secret: str) -> None:
    """Anything else cannot stand in a header."""
    with pytest.raises(ValidationError, match="one line"):
        JiraSettings.model_validate(
            {"kind": "jira", "base_url": "https://jira.example", "project": "OPS", "api_token": secret}
        )


def test_jira_needs_a_token() -> None:
    """Without one, every answer would be that of an anonymous visitor."""
    with pytest.raises(ValidationError, match="needs api_token or api_token_file"):
        JiraSettings.model_validate({"kind": "jira", "base_url": "https://jira.example", "project": "OPS"})
