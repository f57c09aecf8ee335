"""The file as it is written: YAML of bounded size, whose every fault has a line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.errors import ConfigError
from incidentd.settings import load_settings
from incidentd.settings.layers import key_text
from incidentd.settings.written import LARGEST_FILE_BYTES, parse_config, read_config
from tests.settings.written import EDGE, load, refusal

NO_YAML = (
    "this is not YAML: a bracket, a quote, a colon or the indentation does not fit "
    "(a text with `: `, `#` or a bracket in it needs quotes)"
)
FAULTS = {
    "": "incidentd.yaml:1: the configuration is empty (`incidentd init` writes one to begin with)",
    "# nothing\n": "incidentd.yaml:1: the configuration is empty (`incidentd init` writes one to begin with)",
    "- a\n": "incidentd.yaml:1: the configuration is not a mapping of keys",
    "\n\njust text\n": "incidentd.yaml:3: the configuration is not a mapping of keys",
    "mode: act\nweb: {}\nmode: act\n": "incidentd.yaml:3: the key mode stands here again (first in line 1)",
    "sources:\n\tedge: x\n": "incidentd.yaml:2: a tab cannot indent (use spaces)",
    "instance: *a\n": "incidentd.yaml:1: this alias has no anchor (a text that begins with * needs quotes)",
    "web: {}\ninstance: !a b\n": "incidentd.yaml:2: tags are not allowed (a text that begins with ! needs quotes)",
    "instance: !!python/object/apply:os.system [id]\n": (
        "incidentd.yaml:1: tags are not allowed (a text that begins with ! needs quotes)"
    ),
    "a: b\n--- \nc: d\n": (
        "incidentd.yaml:2: a second document begins here (keep one, and no line of three hyphens after the first)"
    ),
    "web: [a\n": f"incidentd.yaml:2: {NO_YAML}",
    "a: b: c\n": f"incidentd.yaml:1: {NO_YAML}",
    "web: {}\n8580: x\n": "incidentd.yaml:2: a key must be text (put it in quotes)",
    "on: x\n": "incidentd.yaml:1: a key must be text (put it in quotes)",
    "web: &a [*a]\n": "incidentd.yaml:1: an alias stands inside what it names",
    "a: 1\nb: \x07\n": "incidentd.yaml:2: a control character stands here (remove it)",
    "[" * 5000: "incidentd.yaml: the configuration is nested too deeply",
    f"guard: {{open_per_hour: {'9' * 5000}}}": (
        "incidentd.yaml: a number in the configuration cannot be read (put it in quotes)"
    ),
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: text[:20])
def test_a_fault_of_form_has_a_line_and_a_remedy(tmp_path: Path, text: str) -> None:
    """YAML's own errors speak of tokens and constructors; ours speak to whoever wrote the line."""
    assert refusal(tmp_path, text) == [FAULTS[text]]


def test_aliases_that_grow_without_end_are_refused(tmp_path: Path) -> None:
    """Ten lines that stand for ten billion values are counted, not built."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 11)]
    assert refusal(tmp_path, "\n".join(lines)) == [
        "incidentd.yaml: the configuration has more than 200000 values (use fewer aliases)"
    ]


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    """A long list of targets has a place of its own."""
    assert refusal(tmp_path, "#" * (LARGEST_FILE_BYTES + 1)) == [
        "incidentd.yaml: the configuration has more than 1048576 bytes (long lists of targets go into a targets_file)"
    ]


def test_text_that_is_not_utf8_is_named_by_line(tmp_path: Path) -> None:
    """An editor's wrong encoding shows at the line that it spoilt."""
    path = tmp_path / "incidentd.yaml"
    path.write_bytes(b"mode: act\ninstance: \xff\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(path, {})
    assert str(caught.value) == f"{path}:2: this is not UTF-8 text"


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    """A folder is no file; nor is what is not there."""
    with pytest.raises(ConfigError) as caught:
        read_config(tmp_path)
    assert str(caught.value) == f"{tmp_path}: the configuration cannot be read: Is a directory"


def test_anchors_and_merge_keys_share_labels(tmp_path: Path) -> None:
    """Honest aliases stay possible, and own keys win over merged ones."""
    text = """
sources:
  one: &base
    kind: tls
    labels: &labels {env: prod, region: east}
    targets: [a.example]
  two:
    <<: *base
    labels: {<<: *labels, region: west}
"""
    sources = load(tmp_path, text).settings.sources
    assert sources["two"].labels == {"env": "prod", "region": "west"}
    assert sources["two"].kind == "tls"


def test_a_section_without_content_says_nothing(tmp_path: Path) -> None:
    """Whoever comments out every line of a section leaves a null behind."""
    assert load(tmp_path, EDGE + "routes:\ntrackers:\npolicy:\n").settings.trackers == {}


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=200) | st.text("{}[]:,&*!<- \n\tab'\"#|>?%@1", max_size=60)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing that can stand in a file brings another error than ours."""
    try:
        layer = parse_config(text, "any.yaml")
    except ConfigError as error:
        assert str(error).startswith("any.yaml")
    else:
        assert {path[0] for path in layer.origins} == set(layer.data)


def test_a_key_that_cannot_be_printed_is_escaped() -> None:
    """A terminal is not steered by a key."""
    assert key_text(("sources", "\x1b[2J", 0)) == "sources.\\x1b[2J[0]"
