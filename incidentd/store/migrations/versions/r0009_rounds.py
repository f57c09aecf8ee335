"""Rounds: when work that comes round is due again, and how it was done, where several machines share it.

Both are empty where one machine does all; a program of before knows neither, and does its rounds without asking.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds the columns: everything is due."""
    op.add_column("leases", sa.Column("due_at", sa.BigInteger()))
    op.add_column("leases", sa.Column("done_as", sa.String(64)))
