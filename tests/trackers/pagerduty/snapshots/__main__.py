"""Writes the snapshots anew."""

import asyncio

from tests.trackers.pagerduty.snapshots import FOLDER, written

for name, text in asyncio.run(written()).items():
    (FOLDER / name).write_text(text, encoding="utf-8")
