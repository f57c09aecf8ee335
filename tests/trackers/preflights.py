"""What the tests of preflights share: a look at the sandbox, each check by its id, and that nothing was written."""

from collections.abc import Mapping

from incidentd.model.preflight import Check, Verdict
from incidentd.sandbox.frame import Frame
from incidentd.trackers.interface import Preflight
from tests.conformance.judge import assert_nothing_refused


async def looked(preflight: Preflight, app: Frame) -> Mapping[str, Check]:
    """By id, each once. All that was asked were reads, legal by the vendor's document; all that is wrong has a fix."""
    checks = await preflight.preflight()
    assert len({check.id for check in checks}) == len(checks)
    assert not app.writes
    assert_nothing_refused(app)
    assert all(check.fix for check in checks if check.verdict is not Verdict.OK)
    return {check.id: check for check in checks}


def not_ok(checks: Mapping[str, Check]) -> dict[str, Verdict]:
    """What is wrong, doubtful or unknown."""
    return {id: check.verdict for id, check in checks.items() if check.verdict is not Verdict.OK}
