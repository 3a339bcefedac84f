"""written

Revision ID: 4d21b8ac6604
Revises: 3a97f05e4403
Create Date: 2024-01-01 00:00:04.000000
"""
import sqlalchemy as sa
from alembic import op

revision = "4d21b8ac6604"
down_revision = "3a97f05e4403"
branch_labels = None
depends_on = None


def upgrade():
    op.execute(
        """
        INSERT INTO ran
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
        SELECT 4 FROM n WHERE i = 300000
        """
    )
    with op.batch_alter_table("notes") as notes:
        notes.add_column(sa.Column("written", sa.String(30), nullable=False, server_default=""))


def downgrade():
    with op.batch_alter_table("notes") as notes:
        notes.drop_column("written")
    op.execute("DELETE FROM ran WHERE step = 4")
