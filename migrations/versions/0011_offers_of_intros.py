"""An offer that is made with the intro: whether it stands, whom it is shown to, and which words it was taken from.

Revision: 0011, after 0010. Forward only: going back is a restore.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("draft", "infomercial"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("offer_stands", sa.Boolean(), nullable=False, server_default=sa.false()))
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    with op.batch_alter_table("help_offer", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(sa.Column("shown_to", key, nullable=False, server_default="everyone"))
        batch_op.add_column(sa.Column("intro_words", sa.Text(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_help_offer_shown_to"), "shown_to IN ('everyone', 'teams')")
