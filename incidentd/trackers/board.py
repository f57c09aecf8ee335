"""Board: where a ticket's readers find the rest, once somebody has said how they reach it. No link is better than one
that leads nowhere."""

from incidentd.model.incident import incident_of, is_self_incident


def page_of(board: str | None, key: str) -> str:
    """The board's page for an incident's key; empty where no address of the board is configured."""
    if board is None:
        return ""
    return f"{board}/health" if is_self_incident(key) else f"{board}/c/{incident_of(key).rpartition(':')[2]}"
