"""The rights that the README lists: what is read, and nothing else; Secrets only from the rung that says so."""

from pathlib import Path
from typing import Any

import yaml

from incidentd.sources.kubernetes.objects import Kind

README = Path(__file__).parents[3] / "README.md"


def rungs() -> dict[str, list[dict[str, Any]]]:
    """The rules by the letter of their rung."""
    block = next(part for part in README.read_text(encoding="utf-8").split("```") if "# a: " in part)
    parts = block.removeprefix("yaml\n").split("# ")[1:]
    return {part[0]: yaml.safe_load(part.partition("\n")[2]) for part in parts}


def test_every_kind_that_can_be_read_has_its_rule() -> None:
    """In its API group, to list and watch it."""
    rules = [rule for letter, found in rungs().items() if letter != "c" for rule in found]
    said = {(rule["apiGroups"][0], plural) for rule in rules for plural in rule["resources"]}
    assert said == {(kind.resource.group, kind.resource.plural) for kind in Kind}
    assert {tuple(rule["verbs"]) for rule in rules} == {("list", "watch")}


def test_secrets_begin_with_the_third_rung() -> None:
    """By name first, and then with no more than get."""
    found = rungs()
    assert list(found) == ["a", "b", "c", "d", "e"]
    reaching = [letter for letter, rules in found.items() if any("secrets" in rule["resources"] for rule in rules)]
    assert reaching == ["c", "d"]
    [named] = found["c"]
    assert (named["verbs"], named["resourceNames"]) == (["get"], ["legacy-tls"])


def test_what_is_in_no_namespace_is_the_last_rung() -> None:
    """It takes a ClusterRole."""
    plurals = {plural for rule in rungs()["e"] for plural in rule["resources"]}
    assert plurals == {kind.resource.plural for kind in Kind if not kind.resource.namespaced}
