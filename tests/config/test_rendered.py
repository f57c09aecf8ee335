"""config/kubernetes holds what the chart renders: whoever has no helm applies that."""

import pytest

from tests.config.chart import RENDERED, Helm, documents
from tests.config.rendering import text_of
from tests.config.values import SHOWN


@pytest.mark.parametrize("name", SHOWN)
def test_the_manifests_are_those_of_the_chart(helm: Helm, name: str) -> None:
    """Where they differ, `python -m tests.config.rendering` renders them anew."""
    held = (RENDERED / f"{name}.yaml").read_text()
    assert documents(held) == documents(text_of(helm, name))


def test_nothing_else_is_held() -> None:
    """A manifest whose values are gone would be checked by nobody."""
    assert {file.stem for file in RENDERED.glob("*.yaml")} == set(SHOWN)
    assert {file.stem for file in (RENDERED / "values").glob("*.yaml")} == set(SHOWN)
