"""The tables as they are now. The migrations, written by hand, must build exactly these."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from incidentd.store.columns import BigId, Instant, OutsideText

metadata = MetaData()
ACTIVE = text("state IN ('open', 'held')")
UNFINISHED = text("state IN ('pending', 'sending', 'uncertain')")
STILL_OPEN = text("closed_at IS NULL")

meta = Table("meta", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False))

certificates = Table(
    "certificates",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("not_after", Instant, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("body", Text, nullable=False),
    Column("key_type", String(8)),
    # Threshold crossings are a range of this index, not a scan.
    Index("certificates_by_end", "not_after"),
)

places = Table(
    "places",
    metadata,
    Column("source", OutsideText, primary_key=True),
    Column("uri", OutsideText, primary_key=True),
    Column("role", String(10), nullable=False),
    Column("labels", Text, nullable=False),
    Column("asked_name", OutsideText),
    Column("known_since", Instant),
    Column("unseen_since", Instant),
    Column("unseen_reason", String(40)),
    Column("unseen_text", OutsideText, nullable=False),
    Column("silent", Text, nullable=False),
    Column("controller", Text),
)

members = Table(
    "members",
    metadata,
    Column("source", OutsideText, primary_key=True),
    Column("uri", OutsideText, primary_key=True),
    Column("address", OutsideText, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("runs", Text, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("unseen_since", Instant),
    Column("unseen_reason", String(40)),
    Column("unseen_text", OutsideText, nullable=False),
    Column("details", Text),
    ForeignKeyConstraint(["source", "uri"], ["places.source", "places.uri"], ondelete="CASCADE"),
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("source", OutsideText, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("failure", OutsideText),
    Column("failing_since", Instant),
    Column("last_complete_at", Instant),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", String(120), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("tracker", OutsideText, nullable=False),
    Column("state", String(10), nullable=False),
    Column("step", Integer, nullable=False),
    Column("stage", String(40), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("name", OutsideText, nullable=False),
    Column("not_after", Instant),
    Column("title", OutsideText, nullable=False),
    Column("ticket", Text),
    Column("closed_at", Instant),
    Column("close_text", OutsideText, nullable=False),
    Column("reopenings", Integer, nullable=False),
    Column("reopened_at", Instant),
    Column("held_by", String(20)),
    Column("held_at", Instant),
    Column("held_step", Integer),
    Column("automation_closings", Integer, nullable=False),
    Column("content_digest", Text, nullable=False),
    Column("written", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("last_comment_at", Instant),
    Column("changed_at", Instant, nullable=False),
    Column("moved_at", Instant),
    Column("held_until", Instant),
    Column("snoozed_until", Instant),
    Column("snooze_text", OutsideText, nullable=False, server_default=""),
    Index("one_active_incident", "key", unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    Index("incidents_by_key", "key"),
    Index("incidents_by_closing", "closed_at"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("incident_id", BigId, ForeignKey("incidents.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("what", String(40), nullable=False),
    Column("text", OutsideText, nullable=False),
    Index("events_by_incident", "incident_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", OutsideText, nullable=False),
    Column("command", String(40), nullable=False),
    Column("about", OutsideText, nullable=False),
    Column("reason", OutsideText, nullable=False),
    Column("text", OutsideText, nullable=False),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("incident_id", BigId, ForeignKey("incidents.id"), nullable=False),
    Column("key", String(120), nullable=False),
    Column("marker", String(120), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("tracker", OutsideText, nullable=False),
    Column("state", String(10), nullable=False),
    Column("content", Text),
    Column("comments", Text, nullable=False),
    Column("duplicates", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("uncertain_since", Instant),
    Column("error", OutsideText, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("one_unfinished_intent", "incident_id", unique=True, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    sqlite_autoincrement=True,
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("until", Instant, nullable=False),
    Column("due_at", Instant),
    Column("done_as", String(64)),
)

approvals = Table(
    "approvals",
    metadata,
    Column("hash", String(128), primary_key=True),
    Column("keys", Text, nullable=False),
    Column("approved_at", Instant, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("at", Instant, nullable=False),
    Index("calls_by_name", "name", "at"),
)

releases = Table(
    "releases",
    metadata,
    Column("id", OutsideText, primary_key=True),
    Column("announced_at", Instant, nullable=False),
    Column("carries_on", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Index("releases_by_announcement", "announced_at"),
)

local_tickets = Table(
    "local_tickets",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("marker", String(120), nullable=False),
    Column("content", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", String(20)),
    Index("one_open_local_ticket", "marker", unique=True, sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN),
    Index("local_tickets_by_marker", "marker"),
    sqlite_autoincrement=True,
)

local_comments = Table(
    "local_comments",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("ticket_id", BigId, ForeignKey("local_tickets.id"), nullable=False),
    Column("comment_id", String(200), nullable=False),
    Column("at", Instant, nullable=False),
    Column("text", OutsideText, nullable=False),
    Index("local_comments_are_said_once", "ticket_id", "comment_id", unique=True),
)
