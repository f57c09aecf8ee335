"""What is made from something else is as it was made: `python -m tests.config.rendering` makes it anew."""

import pytest

from tests.config.chart import RENDERED, Helm, documents
from tests.config.rendering import text_of
from tests.config.schema import FILE, values_schema
from tests.config.values import SHOWN


@pytest.mark.parametrize("name", SHOWN)
def test_the_manifests_are_those_of_the_chart(helm: Helm, name: str) -> None:
    """Whoever has no helm applies those."""
    held = (RENDERED / f"{name}.yaml").read_text()
    assert documents(held) == documents(text_of(helm, name))


def test_the_schema_of_the_values_knows_the_configuration() -> None:
    """A setting that is added is allowed in the chart, too."""
    assert FILE.read_text() == values_schema()


def test_nothing_else_is_held() -> None:
    """A manifest whose values are gone would be checked by nobody."""
    assert {file.stem for file in RENDERED.glob("*.yaml")} == set(SHOWN)
    assert {file.stem for file in (RENDERED / "values").glob("*.yaml")} == set(SHOWN)
