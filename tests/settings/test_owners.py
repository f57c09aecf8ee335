"""Owners and pages as they are configured, and what is wrong with them."""

from pathlib import Path

import pytest

from incidentd.errors import ConfigError
from incidentd.model.owner import OwnerRule, Owners
from incidentd.settings import owners_of
from incidentd.settings.owners import LARGEST_BYTES, read_rules
from tests.settings.written import EDGE, load


def test_without_a_word_owners_come_from_their_labels(tmp_path: Path) -> None:
    """`owner`, then `team`."""
    loaded = load(tmp_path, EDGE)
    assert owners_of(loaded.settings, tmp_path) == Owners(("owner", "team"))


def test_the_rule_file_lies_beside_the_configuration(tmp_path: Path) -> None:
    """Relative to it; read with it."""
    (tmp_path / "OWNERS").write_text("*.example.net web\n")
    text = EDGE + "owners: {labels: [team], file: OWNERS, default: sre}"
    owners = owners_of(load(tmp_path, text).settings, tmp_path)
    assert owners == Owners(("team",), "OWNERS", (OwnerRule("*.example.net", "web", 1),), "sre")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read"),
        (b"# nobody\n\n", "holds no rule"),
        (b"x" * (LARGEST_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_a_rule_file_that_says_nothing_is_refused(tmp_path: Path, content: bytes | None, why: str) -> None:
    """It was more often cut short than meant; the configuration is not used."""
    if content is not None:
        (tmp_path / "OWNERS").write_bytes(content)
    with pytest.raises(ConfigError, match=why):
        read_rules(tmp_path / "OWNERS")
    with pytest.raises(ConfigError, match=rf"owners\.file[\s\S]*{why}"):
        load(tmp_path, EDGE + "owners: {file: OWNERS}")


@pytest.mark.parametrize(
    ("page", "why"),
    [("a", "the page goes to the tracker of the ticket itself"), ("c", "there is no tracker c")],
)
def test_a_page_goes_to_another_tracker_that_is_there(tmp_path: Path, page: str, why: str) -> None:
    """Both are said with the key."""
    text = f"trackers: {{a: {{kind: local}}, b: {{kind: local}}}}\nroutes: [{{tracker: a, page: {{tracker: {page}}}}}]"
    with pytest.raises(ConfigError, match=rf"routes\[0\]\.page\.tracker[\s\S]*{why}"):
        load(tmp_path, f"{EDGE}{text}")
