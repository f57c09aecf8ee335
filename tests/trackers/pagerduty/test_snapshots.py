"""The words in PagerDuty, as files that were read by eye: no change of theirs goes unnoticed."""

from tests.trackers.pagerduty.snapshots import FOLDER, written


async def test_what_is_read_at_night_is_what_was_read_by_eye() -> None:
    """`python -m tests.trackers.pagerduty.snapshots` writes them anew; read the difference before it is kept."""
    for name, text in (await written()).items():
        assert text == (FOLDER / name).read_text(encoding="utf-8"), name
