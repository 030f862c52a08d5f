"""Which card the host of a meeting is at, and who was named in reported words that are gone.

Revision: 0008, after 0007. Forward only: going back is a restore.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "words_report_named",
        sa.Column(
            "report_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_words_report_named_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["words_report.id"], name=op.f("fk_words_report_named_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "person_id", name=op.f("pk_words_report_named")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("words_report_named", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_words_report_named_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("kudos_screen", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(
            sa.Column(
                "at_position",
                sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
                server_default="0",
                nullable=False,
            )
        )
