"""The first schema: inventory, ledger, outbox, leases, approvals, the local queue. Times are integer microseconds."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes every table."""
    op.create_table(
        "meta", sa.Column("name", sa.String(40), primary_key=True), sa.Column("value", sa.Text(), nullable=False)
    )
    _inventory()
    _ledger()
    _outbox()
    _agreements()
    _local_queue()


def _unique(name: str, table: str, column: str, where: str) -> None:
    """At most one row a value among those that the condition picks: the same on both databases."""
    condition = sa.text(where)
    op.create_index(name, table, [column], unique=True, sqlite_where=condition, postgresql_where=condition)


def _inventory() -> None:
    op.create_table(
        "certificates",
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("certificates_by_end", "certificates", ["not_after"])
    op.create_table(
        "places",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("uri", sa.Text(), primary_key=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("asked_name", sa.Text()),
        sa.Column("known_since", sa.BigInteger()),
        sa.Column("unseen_since", sa.BigInteger()),
        sa.Column("unseen_reason", sa.String(40)),
        sa.Column("unseen_text", sa.Text(), nullable=False),
        sa.Column("silent", sa.Text(), nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("uri", sa.Text(), primary_key=True),
        sa.Column("address", sa.Text(), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("unseen_since", sa.BigInteger()),
        sa.Column("unseen_reason", sa.String(40)),
        sa.Column("unseen_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source", "uri"], ["places.source", "places.uri"], ondelete="CASCADE"),
    )
    op.create_table(
        "sweeps",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.Text()),
        sa.Column("failing_since", sa.BigInteger()),
        sa.Column("last_complete_at", sa.BigInteger()),
    )


def _ledger() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("tracker", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("not_after", sa.BigInteger()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("close_text", sa.Text(), nullable=False),
        sa.Column("reopenings", sa.Integer(), nullable=False),
        sa.Column("reopened_at", sa.BigInteger()),
        sa.Column("held_by", sa.String(20)),
        sa.Column("held_at", sa.BigInteger()),
        sa.Column("held_step", sa.Integer()),
        sa.Column("automation_closings", sa.Integer(), nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("last_comment_at", sa.BigInteger()),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("incidents_by_key", "incidents", ["key"])
    _unique("one_active_incident", "incidents", "key", "state IN ('open', 'held')")
    op.create_index("incidents_by_closing", "incidents", ["closed_at"])
    op.create_table(
        "events",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("incident_id", _NUMBER, sa.ForeignKey("incidents.id"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("events_by_incident", "events", ["incident_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("incident_id", _NUMBER, sa.ForeignKey("incidents.id"), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("marker", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("tracker", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("content", sa.Text()),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.Column("duplicates", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain_since", sa.BigInteger()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sqlite_autoincrement=True,
    )
    _unique("one_unfinished_intent", "outbox", "incident_id", "state IN ('pending', 'sending', 'uncertain')")


def _agreements() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "approvals",
        sa.Column("hash", sa.String(128), primary_key=True),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=False),
    )


def _local_queue() -> None:
    op.create_table(
        "local_tickets",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("marker", sa.String(120), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("closed_by", sa.String(20)),
        sqlite_autoincrement=True,
    )
    _unique("one_open_local_ticket", "local_tickets", "marker", "closed_at IS NULL")
    op.create_index("local_tickets_by_marker", "local_tickets", ["marker"])
    op.create_table(
        "local_comments",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("ticket_id", _NUMBER, sa.ForeignKey("local_tickets.id"), nullable=False),
        sa.Column("comment_id", sa.String(200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("local_comments_are_said_once", "local_comments", ["ticket_id", "comment_id"], unique=True)
