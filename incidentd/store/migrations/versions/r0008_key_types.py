"""Kinds of keys, and what the runs of a member say beside their chains.

Columns of their own: a program of before, which runs on while others are upgraded, does not read them. It would refuse
fields that it does not know.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds the columns; of what was seen before, nothing is known of either."""
    op.add_column("certificates", sa.Column("key_type", sa.String(8)))
    op.add_column("members", sa.Column("details", sa.Text()))
