"""Until when a person wants to hear nothing of an incident, and in whose words."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds two columns; rows stay as they are."""
    op.add_column("incidents", sa.Column("snoozed_until", sa.BigInteger()))
    op.add_column("incidents", sa.Column("snooze_text", sa.Text(), nullable=False, server_default=""))
