"""Which suggestions are those of a week.

Revision: 0012, after 0011. Forward only: going back is a restore.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("week", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=True)
        )
