"""A pod of the chart as containers: its volumes as folders, its init containers first, each as the manifest says."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from tests.config.chart import Document, of_kind
from tests.config.mounted import mount

OWNER = 10001
"""What fsGroup makes of a volume that is written to."""


def volumes(folder: Path, found: list[Document], secrets: Mapping[str, str]) -> dict[str, Path]:
    """A folder for each volume of the deployment, as the kubelet lays it out."""
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(found, "ConfigMap")}
    (deployment,) = of_kind(found, "Deployment")
    places: dict[str, Path] = {}
    for volume in deployment["spec"]["template"]["spec"]["volumes"]:
        places[volume["name"]] = place = folder / volume["name"]
        if "configMap" in volume:
            mount(place, maps[volume["configMap"]["name"]])
        elif "secret" in volume:
            mount(place, secrets)
        else:
            place.mkdir()
            os.chown(place, 0, OWNER)
            place.chmod(0o2770)
    return places


def options(container: Document, places: Mapping[str, Path]) -> list[str]:
    """What podman is told of one container, before the image."""
    told: list[str] = []
    for one in container["volumeMounts"]:
        told += ["--volume", f"{places[one['name']]}:{one['mountPath']}:{'ro' if one.get('readOnly') else 'rw'}"]
    for one in container.get("env", []):
        told += ["--env", f"{one['name']}={one['value']}"]
    if "command" in container:
        told += ["--entrypoint", json.dumps(container["command"])]
    return told
