"""What is shipped agrees with what is declared."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SHIPPED = (
    *PROJECT["project"]["dependencies"],
    *(
        line
        for extra in ("postgres", "kubernetes", "aws", "azure", "gcp")
        for line in PROJECT["project"]["optional-dependencies"][extra]
    ),
)


def _pins(name: str) -> dict[str, str]:
    """Pinned versions by package, out of a hash-pinned file."""
    lines = (ROOT / name).read_text().splitlines()
    heads = [line.split(";")[0].rstrip("\\ ").split("==") for line in lines if "==" in line and line[0] not in "# "]
    return {canonicalize_name(package): version for package, version in heads}


@pytest.mark.parametrize("line", SHIPPED)
def test_the_image_pins_each_declared_dependency(line: str) -> None:
    """A dependency that is added or raised must be pinned anew."""
    declared = Requirement(line)
    assert declared.specifier.contains(_pins("requirements.txt")[canonicalize_name(declared.name)])


@pytest.mark.parametrize("line", PROJECT["build-system"]["requires"])
def test_the_image_pins_what_builds_the_wheel(line: str) -> None:
    """The build is as pinned as what it builds."""
    declared = Requirement(line)
    assert declared.specifier.contains(_pins("requirements.build.txt")[canonicalize_name(declared.name)])


@pytest.mark.parametrize("name", ["requirements.txt", "requirements.build.txt"])
def test_every_pin_has_a_hash_and_no_host(name: str) -> None:
    """Packages are known by what they are, never by where they were fetched."""
    text = (ROOT / name).read_text()
    blocks = [block for block in text.split("\n") if block and not block.startswith(("#", " "))]
    assert blocks
    assert all(block.endswith("\\") for block in blocks)
    assert text.count("--hash=sha256:") >= len(blocks)
    assert "://" not in text


def test_the_core_stays_small() -> None:
    """At most 16 direct dependencies: each one is a door."""
    assert len(PROJECT["project"]["dependencies"]) <= 16
