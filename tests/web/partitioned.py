"""Services in regions, each with certificates of its own folder: what an installation has to be told to judge them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from incidentd.sandbox.ca import Issued


def lay_out_regions(folder: Path, shown: Iterable[tuple[str, str, Issued]]) -> dict[str, Any]:
    """A certificate for each service and region, in files that clients get; the sources that look at them."""
    sources: dict[str, Any] = {}
    for number, (service, region, issued) in enumerate(shown):
        path = folder / f"served{number}"
        path.mkdir(exist_ok=True)
        (path / "tls.pem").write_bytes(issued.chain_pem)
        labels = {"env": "prod", "service": service, "region": region}
        sources[f"s{number}"] = {"kind": "files", "role": "served", "paths": [path.name], "labels": labels}
    return sources
