"""Teams by when they were started: what happened of late is read from the top of an index.

Revision: 0013, after 0012. Forward only: going back is a restore.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_team_created_at_id"), "team", ["created_at", "id"], unique=False)
