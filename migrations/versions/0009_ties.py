"""Ties: contacts, known colleagues, days away, contacts from elsewhere; and whom to meet.

Revision: 0009, after 0008. Forward only: going back is a restore.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "away_span",
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_away_span_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "from_on", name=op.f("pk_away_span")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "contact",
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "other_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("medium", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "subject_id",
            sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "medium IN ('kudos', 'help', 'kickoff', 'coffee', 'introduction', 'conversation', 'talked')",
            name=op.f("ck_contact_medium"),
        ),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_contact_other_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "other_id", "medium", "subject_id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_medium_subject_id"), ["medium", "subject_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_other_id"), ["other_id"], unique=False)

    op.create_table(
        "imported_contact",
        sa.Column(
            "low_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "high_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("medium", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["high_id"], ["person.id"], name=op.f("fk_imported_contact_high_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["low_id"], ["person.id"], name=op.f("fk_imported_contact_low_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("low_id", "high_id", "medium", "at", name=op.f("pk_imported_contact")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("imported_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_contact_high_id"), ["high_id"], unique=False)

    op.create_table(
        "imported_contact_off",
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_imported_contact_off_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_imported_contact_off")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "known_colleague",
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "other_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["other_id"], ["person.id"], name=op.f("fk_known_colleague_other_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_known_colleague_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "other_id", name=op.f("pk_known_colleague")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("known_colleague", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_colleague_other_id"), ["other_id"], unique=False)

    op.create_table(
        "meet_due",
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_meet_due_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_meet_due")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meet_wish",
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("off", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_meet_wish_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_meet_wish")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "set_aside",
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "other_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_set_aside_other_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_set_aside_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "other_id", name=op.f("pk_set_aside")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("set_aside", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_set_aside_other_id"), ["other_id"], unique=False)

    op.create_table(
        "suggestion",
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "other_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("place", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_suggestion_other_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_suggestion_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "other_id", name=op.f("pk_suggestion")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suggestion_other_id"), ["other_id"], unique=False)

    op.create_table(
        "tie",
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "other_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_tie_other_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tie_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "other_id", name=op.f("pk_tie")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("tie", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tie_other_id"), ["other_id"], unique=False)
