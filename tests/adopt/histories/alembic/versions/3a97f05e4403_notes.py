"""notes

Revision ID: 3a97f05e4403
Revises: 2c4de81b7702
Create Date: 2024-01-01 00:00:03.000000
"""
import sqlalchemy as sa
from alembic import op

revision = "3a97f05e4403"
down_revision = "2c4de81b7702"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("body", sa.String(200), nullable=False),
    )
    op.create_index("notes_by_owner", "notes", ["owner"])
    op.execute("INSERT INTO ran VALUES (3)")


def downgrade():
    op.drop_table("notes")
    op.execute("DELETE FROM ran WHERE step = 3")
