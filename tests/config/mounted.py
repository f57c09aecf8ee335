"""What the kubelet makes of ConfigMaps and Secrets: folders of links that change all at once."""

from collections.abc import Mapping
from pathlib import Path

DATA = "..data"


def mount(folder: Path, files: Mapping[str, str], version: str = "..one") -> None:
    """Files as a volume shows them (kubernetes/pkg/volume/util/atomic_writer.go): each a link through `..data`.

    Called again with another `version`, the content changes by that one link being renamed over, as the kubelet does.
    """
    (folder / version).mkdir(parents=True)
    for name, text in files.items():
        (folder / version / name).write_text(text)
        (folder / version / name).chmod(0o644)
    fresh = folder / f"{DATA}_tmp"
    fresh.symlink_to(version)
    fresh.rename(folder / DATA)
    for name in files:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"{DATA}/{name}")
