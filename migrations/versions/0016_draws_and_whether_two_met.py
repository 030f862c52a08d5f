"""Which pairs the lot left out of suggestions, and whether two met.

Revision: 0016, after 0015. Forward only: going back is a restore.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "suggestion_draw",
        sa.Column("low_id", ID, autoincrement=False, nullable=False),
        sa.Column("high_id", ID, autoincrement=False, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("until", AT, nullable=False),
        sa.Column("is_left_out", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["high_id"], ["person.id"], name=op.f("fk_suggestion_draw_high_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["low_id"], ["person.id"], name=op.f("fk_suggestion_draw_low_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("low_id", "high_id", "at", name=op.f("pk_suggestion_draw")),
    )
    op.create_index(op.f("ix_suggestion_draw_high_id_low_id"), "suggestion_draw", ["high_id", "low_id"], unique=False)
    op.create_index(op.f("ix_suggestion_draw_until"), "suggestion_draw", ["until"], unique=False)

    op.create_table(
        "met_question",
        sa.Column("person_id", ID, autoincrement=False, nullable=False),
        sa.Column("other_id", ID, autoincrement=False, nullable=False),
        sa.Column("medium", KEY, nullable=False),
        sa.Column("stage", KEY, nullable=False),
        sa.Column("times", ID, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("due_at", AT, nullable=True),
        sa.Column("met_at", AT, nullable=True),
        sa.Column("again_at", AT, nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "medium IN ('hello', 'coffee', 'introduction', 'talked')", name=op.f("ck_met_question_medium")
        ),
        sa.CheckConstraint("stage IN ('met', 'again')", name=op.f("ck_met_question_stage")),
        sa.ForeignKeyConstraint(
            ["other_id"], ["person.id"], name=op.f("fk_met_question_other_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_met_question_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "other_id", name=op.f("pk_met_question")),
    )
    op.create_index(op.f("ix_met_question_other_id"), "met_question", ["other_id"], unique=False)
    op.create_index(op.f("ix_met_question_person_id_due_at"), "met_question", ["person_id", "due_at"], unique=False)
