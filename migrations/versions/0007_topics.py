"""Topics: what people can be asked about, vouches, names that are one; and the topic of thanks.

Revision: 0007, after 0006. Forward only: going back is a restore.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "topic",
        sa.Column("id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("sort_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("made_by_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=True),
        sa.Column("merged_into_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_topic_made_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["topic.id"], name=op.f("fk_topic_merged_into_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
        sa.UniqueConstraint("key", name=op.f("uq_topic_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_topic_slug")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("topic", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topic_made_by_id"), ["made_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_topic_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_topic_sort_key_id"), ["sort_key", "id"], unique=False)

    op.create_table(
        "topic_hours",
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_topic_hours_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_topic_hours")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "old_topic_slug",
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("topic_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topic.id"], name=op.f("fk_old_topic_slug_topic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_old_topic_slug")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("old_topic_slug", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_old_topic_slug_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "topic_alias",
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("topic_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_topic_alias_topic_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_topic_alias")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("topic_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topic_alias_topic_id"), ["topic_id"], unique=False)

    op.create_table(
        "topic_claim",
        sa.Column("id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("topic_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("level", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("title_mark", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("version", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level IN ('learning', 'helping', 'expert')", name=op.f("ck_topic_claim_level")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_topic_claim_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_topic_claim_topic_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_claim")),
        sa.UniqueConstraint("topic_id", "person_id", name=op.f("uq_topic_claim_topic_id_person_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("topic_claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topic_claim_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_topic_claim_topic_id_level_id"), ["topic_id", "level", "id"], unique=False
        )

    op.create_table(
        "topic_merge",
        sa.Column("id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("kept_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("gone_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("by_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_topic_merge_by_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["gone_id"], ["topic.id"], name=op.f("fk_topic_merge_gone_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["kept_id"], ["topic.id"], name=op.f("fk_topic_merge_kept_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_merge")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("topic_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topic_merge_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_topic_merge_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_topic_merge_gone_id"), ["gone_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_topic_merge_kept_id"), ["kept_id"], unique=False)

    op.create_table(
        "topic_named",
        sa.Column("id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("topic_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("by_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_topic_named_by_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_topic_named_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_topic_named_topic_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_named")),
        sa.UniqueConstraint("topic_id", "person_id", "by_id", name=op.f("uq_topic_named_topic_id_person_id_by_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("topic_named", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topic_named_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_topic_named_person_id"), ["person_id"], unique=False)

    op.create_table(
        "topic_off",
        sa.Column(
            "topic_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), autoincrement=False, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_topic_off_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_topic_off_topic_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("topic_id", "person_id", name=op.f("pk_topic_off")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("topic_off", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topic_off_person_id"), ["person_id"], unique=False)

    op.create_table(
        "topic_vouch",
        sa.Column("id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("topic_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("person_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("voucher_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_topic_vouch_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_topic_vouch_topic_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["person.id"], name=op.f("fk_topic_vouch_voucher_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_vouch")),
        sa.UniqueConstraint(
            "topic_id", "person_id", "voucher_id", name=op.f("uq_topic_vouch_topic_id_person_id_voucher_id")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("topic_vouch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_topic_vouch_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_topic_vouch_voucher_id"), ["voucher_id"], unique=False)

    with op.batch_alter_table("kudos", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(
            sa.Column("topic_id", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_kudos_topic_id_at"), ["topic_id", "at"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_kudos_topic_id"), "topic", ["topic_id"], ["id"], ondelete="SET NULL"
        )
