"""Objects that left a list which has a selector: were they deleted, or do they only not match any more?

Who edits a label must not be able to make a certificate count as removed. Each is asked for by its name alone, which
takes no right beyond that to list.
"""

from collections.abc import Iterable

from incidentd.model.inventory import Place
from incidentd.model.observation import GapReason
from incidentd.sources.kubernetes.account import Address, Leavers, ObjectKey, address_of
from incidentd.sources.kubernetes.asking import Api
from incidentd.sources.kubernetes.decode import read_list
from incidentd.sources.kubernetes.lists import Everything
from incidentd.sources.kubernetes.refusal import Refusal
from incidentd.sources.kubernetes.scrub import Broken
from incidentd.sources.kubernetes.wiping import Page

MOST_AT_ONCE = 200
"""So many are asked for in one sweep; of the others nothing is said yet."""
_LARGEST_BYTES = 8 * 1024 * 1024
_TOO_MANY = Refusal(GapReason.NOT_LOOKED_AT, f"more than {MOST_AT_ONCE} left their lists: a later sweep asks for it")


def left_their_list(everything: Everything, known: Iterable[Place], cluster: str) -> tuple[ObjectKey, ...]:
    """The objects of known places that a list with a selector does not show, though it was read whole."""
    held = (address_of(place.location.uri, cluster) for place in known if place.members)
    missing = (address for address in held if address is not None and _has_left(everything, address))
    return tuple(dict.fromkeys((address.kind, *address.object_name) for address in missing))


def _has_left(everything: Everything, address: Address) -> bool:
    reads = [one for one in everything.reads if one.covers(address.kind, *address.object_name)]
    if any(address.object_name in one.shown or one.refusal is not None for one in reads):
        return False
    return any(one.wanted.selectors for one in reads)


async def confirmed(left: Iterable[ObjectKey], api: Api) -> Leavers:
    """Asks for each of them; never raises for what the API server does."""
    still_there: set[ObjectKey] = set()
    refused: dict[ObjectKey, Refusal] = {}
    page = Page(_LARGEST_BYTES)
    for count, key in enumerate(left):
        try:
            if count >= MOST_AT_ONCE:
                refused[key] = _TOO_MANY
            elif await _is_there(key, api, page):
                still_there.add(key)
        except Broken as broken:
            refused[key] = Refusal(GapReason.UNREADABLE, str(broken))
        except Refusal as refusal:
            refused[key] = refusal
        finally:
            page.wipe()
    return Leavers(frozenset(still_there), refused)


async def _is_there(key: ObjectKey, api: Api, page: Page) -> bool:
    kind, namespace, name = key
    await api.read(kind.resource.path(namespace), {"fieldSelector": f"metadata.name={name}", "limit": "1"}, page)
    return bool(read_list(kind, page.view).objects)
