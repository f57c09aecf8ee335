"""The gates, all of them, in one place: `python -m tests.gates`. What does not pass here does not ship.

`--tests-done` leaves the suite out and judges the coverage that a run with `--cov` has just left behind.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE_LINES = 300
PURE_ROOMS = "incidentd/model/*,incidentd/policy/*,incidentd/planning/*"


@dataclass(frozen=True, slots=True)
class Gate:
    """One claim about the tree, and how it is checked."""

    claim: str
    holds: Callable[[], bool]


def _runs(tool: str, *arguments: str) -> Callable[[], bool]:
    """A gate that holds when the tool, installed beside this very interpreter, exits 0."""

    def holds() -> bool:
        command = Path(sys.executable).with_name(tool)
        return subprocess.run([command, *arguments], cwd=ROOT, check=False).returncode == 0

    return holds


def long_files(root: Path) -> Iterator[str]:
    """Python files of more than 300 lines, as `path: lines`."""
    for room in ("incidentd", "tests"):
        for path in sorted((root / room).rglob("*.py")):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > LONGEST_FILE_LINES:
                yield f"{path.relative_to(root)}: {lines} lines"


def _files_are_short() -> bool:
    found = list(long_files(ROOT))
    print("\n".join(found) or "none is longer", flush=True)
    return not found


STATIC_GATES = (
    Gate("ruff finds nothing", _runs("ruff", "check", ".")),
    Gate("the code is formatted", _runs("ruff", "format", "--check", ".")),
    Gate("mypy --strict finds nothing", _runs("mypy")),
    Gate("each room enters only the rooms below it", _runs("lint-imports", "--no-logo")),
    Gate(f"no file has more than {LONGEST_FILE_LINES} lines", _files_are_short),
)
SUITE_GATE = Gate("every test passes", _runs("pytest", "--cov", "--cov-report="))
COVERAGE_GATES = (
    Gate(
        "every branch of the pure rooms is tested",
        _runs("coverage", "report", f"--include={PURE_ROOMS}", "--fail-under=100", "--skip-covered", "--show-missing"),
    ),
    Gate("nine in ten branches are tested overall", _runs("coverage", "report", "--fail-under=90", "--skip-covered")),
)


def failed_claims(gates: Iterable[Gate]) -> list[str]:
    """Runs every gate, also after one that failed, and names those that did."""
    failed = []
    for gate in gates:
        print(f"\n== {gate.claim}", flush=True)
        if not gate.holds():
            failed.append(gate.claim)
    return failed


def main(arguments: list[str]) -> int:
    """0 when every gate holds, 1 when one fails, 2 for an unknown argument."""
    if arguments not in ([], ["--tests-done"]):
        print("usage: python -m tests.gates [--tests-done]", file=sys.stderr)
        return 2
    suite = () if arguments else (SUITE_GATE,)
    failed = failed_claims((*STATIC_GATES, *suite, *COVERAGE_GATES))
    print("\n" + ("\n".join(f"FAILED: {claim}" for claim in failed) or "All gates hold."), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
