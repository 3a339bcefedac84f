"""users

Revision ID: 1f0b6c3d9a01
Revises:
Create Date: 2024-01-01 00:00:01.000000
"""
import sqlalchemy as sa
from alembic import op

revision = "1f0b6c3d9a01"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("ran", sa.Column("step", sa.Integer, nullable=False))
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(40), nullable=False),
    )
    op.execute("INSERT INTO ran VALUES (1)")


def downgrade():
    op.drop_table("users")
    op.drop_table("ran")
