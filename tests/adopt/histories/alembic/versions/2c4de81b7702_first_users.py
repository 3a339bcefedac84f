"""first users

Revision ID: 2c4de81b7702
Revises: 1f0b6c3d9a01
Create Date: 2024-01-01 00:00:02.000000
"""
import sqlalchemy as sa
from alembic import op

revision = "2c4de81b7702"
down_revision = "1f0b6c3d9a01"
branch_labels = None
depends_on = None


def upgrade():
    users = sa.table("users", sa.column("id"), sa.column("name"))
    op.bulk_insert(users, [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Grace; or \"Amazing Grace\""}])
    op.execute("INSERT INTO ran VALUES (2)")


def downgrade():
    op.execute("DELETE FROM users WHERE id IN (1, 2)")
    op.execute("DELETE FROM ran WHERE step = 2")
