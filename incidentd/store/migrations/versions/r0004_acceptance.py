"""Until when a person accepted the risk."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds a column; rows stay as they are."""
    op.add_column("incidents", sa.Column("held_until", sa.BigInteger()))
