"""What a controller said of the certificate at a place."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Adds a column; places keep theirs, and have no controller until one is seen."""
    op.add_column("places", sa.Column("controller", sa.Text()))
