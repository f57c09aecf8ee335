"""Layers of an image, laid one over the other: a law, against what a runtime unpacks."""

import io

from hypothesis import given
from hypothesis import strategies as st

from incidentd.artefacts.caps import Allowance, Caps
from incidentd.artefacts.layers import clean, laid_over, read_layer
from incidentd.artefacts.looking import Eye
from incidentd.artefacts.streams import Peeked, RawFile
from tests.artefacts.world import BLOB, layer_of

PARTS = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map("/".join)
ENTRY = st.tuples(PARTS, st.sampled_from(["certificate", "other", "folder", "gone", "emptied"]))


def entry(path: str, kind: str) -> tuple[str, bytes | str | None]:
    folder, _, name = path.rpartition("/")
    match kind:
        case "certificate":
            return path, BLOB.pem
        case "other":
            return path, b"other"
        case "folder":
            return f"{path}/", None
        case "gone":
            return f"{folder}/.wh.{name}".lstrip("/"), b""
    return f"{path}/.wh..wh..opq", b""


def unpacked_by_hand(layers: list[dict[str, str]]) -> set[str]:
    """The certificates of an image whose layers are applied one after the other, as a runtime does."""
    tree: set[str] = set()

    def drop(path: str, itself: bool) -> None:
        tree.difference_update({one for one in tree if one.startswith(f"{path}/") or (itself and one == path)})

    for layer in layers:
        for path, kind in layer.items():
            if kind in ("gone", "emptied"):
                drop(path, itself=kind == "gone")
        for path, kind in layer.items():
            if kind in ("certificate", "other"):
                drop(path, itself=True)
            elif kind == "folder":
                tree.discard(path)
        tree |= {path for path, kind in layer.items() if kind == "certificate"}
    return tree


@given(st.lists(st.dictionaries(PARTS, ENTRY.map(lambda one: one[1]), max_size=4), max_size=4))
def test_layers_come_to_what_a_runtime_unpacks(layers: list[dict[str, str]]) -> None:
    """Whatever is taken away, emptied and replaced. A path is one thing in a layer."""
    sound = [
        {path: kind for path, kind in layer.items() if kind in ("gone", "emptied", "folder") or not inside(path, layer)}
        for layer in layers
    ]
    eye = Eye(Allowance(Caps()))
    read = [
        read_layer(Peeked(RawFile(io.BytesIO(layer_of(*(entry(*one) for one in layer.items()))), eye.allowance)), eye)
        for layer in sound
    ]
    assert {event.place for event in laid_over(read, eye.allowance)} == unpacked_by_hand(sound)


def inside(path: str, layer: dict[str, str]) -> bool:
    """Something else of the layer stands beneath it."""
    return any(other.startswith(f"{path}/") for other in layer)


@given(st.text(st.characters(exclude_characters="\0"), max_size=30))
def test_a_name_ends_within_the_image(name: str) -> None:
    """And cleaning it twice changes nothing."""
    cleaned = clean(name)
    assert not cleaned.startswith(("/", "../")) and cleaned != ".."
    assert clean(cleaned) == cleaned
