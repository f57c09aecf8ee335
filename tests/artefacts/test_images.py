"""Image layouts: what is in the image that runs, of every platform, is found; what a later layer took away is not."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from incidentd.artefacts.caps import Caps
from incidentd.artefacts.scanned import Scanned, UnreadReason
from tests.artefacts.world import (
    BLOB,
    KEY,
    QUEUE,
    ROOTS,
    TABLE,
    Entries,
    found,
    layer_of,
    places,
    reasons,
    scanned,
    scanned_bytes,
    tar_of,
    written,
)

LAYER, PACKED = "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip"


class Layout:
    """The files of a layout in the making."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}

    def blob(self, content: bytes, media_type: str, **more: Any) -> dict[str, Any]:
        """Puts a blob in; what leads to it."""
        digest = hashlib.sha256(content).hexdigest()
        self.files[f"blobs/sha256/{digest}"] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content), **more}

    def image(self, *layers: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A manifest of these layers."""
        config = self.blob(b"{}", "application/vnd.oci.image.config.v1+json")
        manifest = {"schemaVersion": 2, "config": config, "layers": list(layers)}
        return self.blob(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json", **more)

    def index(self, *manifests: dict[str, Any]) -> dict[str, bytes]:
        """All files, with an index to these."""
        return {"index.json": json.dumps({"schemaVersion": 2, "manifests": manifests}).encode(), **self.files}


def one_image(*layers: bytes, packed: bool = False) -> dict[str, bytes]:
    """A layout with one image of these layers, the lowest first."""
    layout = Layout()
    return layout.index(
        layout.image(
            *(layout.blob(gzip.compress(one) if packed else one, PACKED if packed else LAYER) for one in layers)
        )
    )


def scan_image(folder: Path, files: Mapping[str, bytes]) -> Scanned:
    return scanned(written(folder / "image", files))


TWO_LAYERS = (layer_of(("etc/", None), ("etc/blob.pem", BLOB.pem + KEY)), layer_of(("./app/queue.pem", QUEUE.pem)))
FOUND = {"blob.test": ["etc/blob.pem"], "queue.test": ["app/queue.pem"]}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_an_image_is_found_in_a_folder_and_in_every_archive_of_it(tmp_path: Path, packed: bool) -> None:
    """Its files in any order, packed or not."""
    files = one_image(*TWO_LAYERS, packed=packed)
    in_folder = scan_image(tmp_path, files)
    assert places(in_folder, tmp_path) == {name: [f"image!/{one[0]}"] for name, one in FOUND.items()}
    backwards = dict(reversed(files.items()))
    for content in (
        tar_of(files),
        tar_of(backwards),
        tar_of(files, "w:gz"),
        tar_of({f"./{n}": c for n, c in files.items()}),
    ):
        result = scanned_bytes(tmp_path, content)
        assert places(result, tmp_path) == {name: [f"build.tar!/{one[0]}"] for name, one in FOUND.items()}
        assert not result.unread
        assert "PRIVATE" not in repr(result)


def test_every_platform_of_an_index_is_looked_at(tmp_path: Path) -> None:
    """Also behind another index, and a layer that they share is read once for all of them."""
    layout = Layout()
    shared = layout.blob(layer_of(("base.pem", BLOB.pem)), LAYER)
    arm = layout.image(
        shared,
        layout.blob(layer_of(("arm.pem", QUEUE.pem)), LAYER),
        platform={"os": "linux", "architecture": "arm64", "variant": "v8"},
    )
    amd = layout.image(
        shared, layout.blob(layer_of(("amd.pem", TABLE.pem)), LAYER), platform={"os": "linux", "architecture": "amd64"}
    )
    inner = {"schemaVersion": 2, "manifests": [arm, amd]}
    result = scan_image(
        tmp_path, layout.index(layout.blob(json.dumps(inner).encode(), "application/vnd.oci.image.index.v1+json"))
    )
    assert places(result, tmp_path) == {
        "blob.test": ["image!/linux/amd64!/base.pem", "image!/linux/arm64/v8!/base.pem"],
        "queue.test": ["image!/linux/arm64/v8!/arm.pem"],
        "table.test": ["image!/linux/amd64!/amd.pem"],
    }


LAYERED: dict[str, tuple[list[Entries], list[str]]] = {
    "a file is taken away": ([[("a/x", BLOB.pem), ("a/y", BLOB.pem)], [("a/.wh.x", b"")]], ["a/y"]),
    "a folder is taken away": ([[("a/b/x", BLOB.pem), ("ab/x", BLOB.pem)], [(".wh.a", b"")]], ["ab/x"]),
    "a folder is emptied": ([[("a/x", BLOB.pem), ("a/b/y", BLOB.pem)], [("a/.wh..wh..opq", b"")]], []),
    "the whole is emptied": ([[("a/x", BLOB.pem)], [(".wh..wh..opq", b"")]], []),
    "what is emptied may be filled again": (
        [[("a/x", BLOB.pem)], [("a/z", BLOB.pem), ("a/.wh..wh..opq", b"")]],
        ["a/z"],
    ),
    "what is taken away may come back": ([[("a", BLOB.pem)], [(".wh.a", b"")], [("a", BLOB.pem)]], ["a"]),
    "it hides what is beneath, not what is beside": ([[("x", BLOB.pem)], [("x", BLOB.pem), (".wh.x", b"")]], ["x"]),
    "a file is written over": ([[("x", BLOB.pem)], [("x", b"nothing")]], []),
    "a file takes a folder's place": ([[("a/x", BLOB.pem)], [("a", b"nothing")]], []),
    "a folder takes a file's place": ([[("a", BLOB.pem)], [("a/", None)]], []),
    "a folder that is said again stays": ([[("a/", None), ("a/x", BLOB.pem)], [("a/", None)]], ["a/x"]),
    "a hard link stays when its target goes": ([[("x", BLOB.pem), ("y", "x")], [(".wh.x", b"")]], ["y"]),
    "a hard link to a lower layer": ([[("x", BLOB.pem)], [("y", "./x")], [(".wh.x", b"")]], ["y"]),
    "a hard link to nothing of ours": ([[("y", "/etc/passwd")]], []),
    "the last of two of a name counts": ([[("x", BLOB.pem), ("x", b"nothing")]], []),
    "names that lead upwards end at the top": ([[("../../x", BLOB.pem)], [("a/../../.wh.y", b"")]], ["x"]),
    "and are taken away there": ([[("/x", BLOB.pem)], [("../.wh.x", b"")]], []),
    "other programs' marks are none": ([[("plnk", BLOB.pem)], [(".wh..wh.plnk", b"")]], ["plnk"]),
}


@pytest.mark.parametrize(("layers", "left"), LAYERED.values(), ids=LAYERED)
def test_layers_lie_one_over_the_other(tmp_path: Path, layers: list[Entries], left: list[str]) -> None:
    """Only what is in the image at the end is carried."""
    result = scan_image(tmp_path, one_image(*(layer_of(*entries) for entries in layers)))
    assert [place.partition("!/")[2] for one in result.added for place in one.places] == left
    assert not result.unread


def test_the_roots_of_a_base_image_are_no_update(tmp_path: Path) -> None:
    """One by one and as a bundle, as every distribution has them."""
    files = {f"usr/share/ca-certificates/{n}.crt": one.pem for n, one in enumerate(ROOTS)}
    bundle = b"".join(one.pem for one in ROOTS)
    result = scan_image(tmp_path, one_image(layer_of(*files.items(), ("etc/ssl/certs/ca-certificates.crt", bundle))))
    assert (result.added, len(result.trust)) == ((), len(ROOTS))


def spoilt(kind: str) -> dict[str, bytes]:
    """A layout of which something is wrong."""
    files = one_image(*TWO_LAYERS)
    digest = hashlib.sha256(TWO_LAYERS[1]).hexdigest()
    name = f"blobs/sha256/{digest}"
    match kind:
        case "missing":
            del files[name]
        case "other":
            files[name] = TWO_LAYERS[0]
        case "torn":
            files[name] = files[name][:700]
        case "text":
            return one_image(TWO_LAYERS[0], b"this is no archive" * 100)
        case "zstd":
            return one_image(TWO_LAYERS[0], b"\x28\xb5\x2f\xfd" + b"x" * 2000)
        case "empty":
            return one_image(TWO_LAYERS[0], b"")
    return files


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("missing", UnreadReason.TORN),
        ("other", UnreadReason.DAMAGED),
        ("torn", UnreadReason.TORN),
        ("text", UnreadReason.DAMAGED),
        ("zstd", UnreadReason.UNSUPPORTED),
        ("empty", UnreadReason.TORN),
    ],
)
def test_a_layer_that_cannot_be_read_is_said(tmp_path: Path, kind: str, reason: UnreadReason) -> None:
    """And the others are read: the image is not taken for one without certificates."""
    files = spoilt(kind)
    for result in (scan_image(tmp_path, files), scanned_bytes(tmp_path, tar_of(files))):
        assert set(reasons(result)) == {reason}
        assert BLOB.fingerprint in found(result)


def index_of(**descriptor: object) -> bytes:
    return json.dumps({"manifests": [descriptor]}).encode()


@pytest.mark.parametrize(
    "index",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"manifests":{}}',
        b'{"manifests":[1]}',
        b"[" * 100_000,
        b'{"manifests":[' + b"9" * 10_000 + b"]}",
        index_of(),
        index_of(digest=3),
        index_of(digest="sha256:../../../../etc/passwd"),
        index_of(digest="sha256:" + "A" * 64),
        index_of(digest="md5:" + "0" * 32),
        index_of(digest="sha256:" + "0" * 64),
    ],
)
def test_an_index_that_leads_nowhere_is_said(tmp_path: Path, index: bytes) -> None:
    """It is read as what it is: somebody's text."""
    files = {"oci-layout": b"{}", "index.json": index}
    assert reasons(scan_image(tmp_path, files)) in ([UnreadReason.DAMAGED], [UnreadReason.NOT_ACCESSIBLE])
    assert len(reasons(scanned_bytes(tmp_path, tar_of(files)))) == (1 if index[:1] == b"{" else 0)


def test_indexes_and_layers_without_end_are_said(tmp_path: Path) -> None:
    """Each index in another, more images or layers than anybody has."""
    layout = Layout()
    leads = layout.image(layout.blob(layer_of(("x.pem", BLOB.pem)), LAYER))
    for _ in range(6):
        leads = layout.blob(json.dumps({"manifests": [leads]}).encode(), "application/vnd.oci.image.index.v1+json")
    assert reasons(scan_image(tmp_path / "deep", layout.index(leads))) == [UnreadReason.TOO_MUCH]
    layer = layout.blob(layer_of(("x.pem", BLOB.pem)), LAYER)
    assert reasons(scan_image(tmp_path / "tall", layout.index(layout.image(*[layer] * 201)))) == [UnreadReason.TOO_MUCH]
    many = [{"digest": f"sha256:{n:064x}"} for n in range(101)]
    assert reasons(scan_image(tmp_path / "wide", layout.index(*many))) == [UnreadReason.TOO_MUCH]


def test_what_is_no_archive_by_its_media_type_is_looked_at_as_it_is(tmp_path: Path) -> None:
    """Attestations beside images, and whatever else registries store."""
    layout = Layout()
    statement = layout.blob(b'{"predicate": "-----BEGIN CERTIFICATE-----"}', "application/vnd.in-toto+json")
    chain = layout.blob(BLOB.pem, "application/x-pem-file")
    result = scan_image(tmp_path, layout.index(layout.image(statement), layout.image(chain)))
    assert (found(result), result.unread) == ({BLOB.fingerprint}, ())


def test_an_archive_that_only_looks_like_a_layout_is_an_archive(tmp_path: Path) -> None:
    """Something with an index.json, and blobs."""
    files = {"index.json": b"{}", "blobs/x.pem": BLOB.pem, "other.pem": QUEUE.pem}
    assert found(scanned_bytes(tmp_path, tar_of(files))) == {BLOB.fingerprint, QUEUE.fingerprint}
    assert found(scanned_bytes(tmp_path, tar_of({"index.json": b"{}", "blobs/x.pem": BLOB.pem}))) == {BLOB.fingerprint}


def test_manifests_without_end_are_said(tmp_path: Path) -> None:
    """What is kept of a build has a cap."""
    files = one_image(*TWO_LAYERS)
    caps = Caps(kept_bytes=100)
    assert reasons(scanned(written(tmp_path / "image", files), caps)) == [UnreadReason.TOO_MUCH]


def test_layers_over_deep_folders_without_end_are_said(tmp_path: Path) -> None:
    """Each path costs its folders at each layer of each image: whoever writes many of all three decides on no time."""
    deep = "/".join("a" * 40)
    damaged = layer_of(*((f"{n}/{deep}/x.pem", BLOB.pem[:-40]) for n in range(20)))
    files = one_image(damaged, *(layer_of((f"other{n}", b"")) for n in range(5)))
    image = written(tmp_path / "image", files)
    assert reasons(scanned(image, Caps(steps=20 * 42 * 5))) == [UnreadReason.TORN] * 20
    assert reasons(scanned(image, Caps(steps=20 * 42 * 5 - 1))) == [UnreadReason.TOO_MUCH]


def test_what_lies_beside_a_layout_in_its_folder_is_looked_at(tmp_path: Path) -> None:
    """Two small files at the top of a build hide nothing of it."""
    files = {**one_image(layer_of(("x.pem", BLOB.pem))), "certs/queue.pem": QUEUE.pem, "in/blobs/table.pem": TABLE.pem}
    assert found(scan_image(tmp_path, files)) == {BLOB.fingerprint, QUEUE.fingerprint, TABLE.fingerprint}
