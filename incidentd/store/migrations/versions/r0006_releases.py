"""Releases, with the certificates that they carry."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """One table; nothing else changes."""
    op.create_table(
        "releases",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("announced_at", sa.BigInteger(), nullable=False),
        sa.Column("carries_on", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("releases_by_announcement", "releases", ["announced_at"])
