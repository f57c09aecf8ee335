"""What a request to an API server of Kubernetes says, and what incidentd may not say in one."""

from collections.abc import Iterator
from dataclasses import dataclass

from incidentd.sources.kubernetes.objects import Kind

_SELECTORS = {"fieldSelector", "labelSelector"}
_LIST = _SELECTORS | {"limit", "continue"}
_WATCH = _SELECTORS | {"watch", "resourceVersion", "allowWatchBookmarks", "timeoutSeconds"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, taken apart."""

    kind: Kind
    namespace: str | None
    name: str | None
    query: dict[str, str]
    token: str

    @property
    def verb(self) -> str:
        """As rights name it."""
        if self.name is not None:
            return "get"
        return "watch" if "watch" in self.query else "list"


def places(path: str) -> Iterator[tuple[Kind, str | None, str | None]]:
    """What a path names: a list in all namespaces or in one, or one object."""
    for kind in Kind:
        every = kind.resource.path()
        base, _, plural = every.rpartition("/")
        if path == every:
            yield kind, None, None
        parts = path.removeprefix(f"{base}/namespaces/").split("/")
        if kind.resource.namespaced and path.startswith(f"{base}/namespaces/") and parts[1:2] == [plural]:
            yield kind, parts[0], parts[2] if len(parts) == 3 else None


def faults_in(method: str, headers: dict[str, str], query: dict[str, str]) -> Iterator[str]:
    """What incidentd may not ask, nor leave out, whatever it asks for."""
    if method != "GET":
        yield f"a verb that writes: {method}"
    if not headers.get("authorization", "").startswith("bearer "):
        yield "no bearer token"
    if headers.get("accept") != "application/json" or headers.get("accept-encoding") != "identity":
        yield f"asks for another form: {headers.get('accept')}, {headers.get('accept-encoding')}"
    if not headers.get("host", "").startswith("127.0.0.1:") or not headers.get("user-agent", "").startswith(
        "incidentd"
    ):
        yield "does not say whom it asks, or who it is"
    if "content-length" in headers or "transfer-encoding" in headers:
        yield "has a body"


def faults_in_query(asked: Asked) -> Iterator[str]:
    """What is wrong with its parameters."""
    known = {"get": set(), "list": _LIST, "watch": _WATCH}[asked.verb]
    if unknown := asked.query.keys() - known:
        yield f"unknown parameters: {sorted(unknown)}"
    if asked.verb == "list" and not 1 <= int(asked.query.get("limit", "0")) <= 500:
        yield f"limit={asked.query.get('limit')}"
    if asked.verb == "watch" and (
        not asked.query.get("resourceVersion", "").isdigit() or asked.query.get("allowWatchBookmarks") != "true"
    ):
        yield f"a watch without a version or bookmarks: {asked.query}"
    selector = asked.query.get("fieldSelector", "metadata.name=any")
    of_secrets = asked.kind is Kind.SECRETS and selector.startswith(("type=", "type!="))
    if not of_secrets and not selector.startswith("metadata.name="):
        yield f"a field that cannot be selected by: {selector}"
