"""Calls that were made lately, for budgets that several processes share."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """One small table."""
    op.create_table(
        "calls",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("calls_by_name", "calls", ["name", "at"])
