"""The first tables: history, definitions, people, proposals and what follows from their moves."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.String()
#: Canonical JSON as text.
JSON = sa.Text()
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes every table; there is no way back, because history is not thrown away."""
    op.create_table(
        "counter",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.create_table(
        "definition",
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_definition"),
    )
    op.create_table(
        "document",
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("size", ROW_ID, nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_document"),
    )
    op.create_table(
        "entry",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("previous_hash", TEXT, nullable=True),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
        sa.UniqueConstraint("subject", "seq", name="uq_entry_subject_seq"),
    )
    op.create_index("ix_entry_kind_recorded_at", "entry", ["kind", "recorded_at"])
    op.create_table(
        "heartbeat",
        sa.Column("job", TEXT, nullable=False),
        sa.Column("process", TEXT, nullable=False),
        sa.Column("last_started", INSTANT, nullable=False),
        sa.Column("last_finished", INSTANT, nullable=True),
        sa.Column("last_error", TEXT, nullable=False),
        sa.Column("ticks", ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("job", "process", name="pk_heartbeat"),
    )
    op.create_table(
        "idempotency",
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("request_sha256", TEXT, nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name="pk_idempotency"),
    )
    op.create_table(
        "message",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("composed_at", INSTANT, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
    )
    op.create_table(
        "sandbox",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("clock_start", INSTANT, nullable=False),
        sa.CheckConstraint("id = 1", name="ck_sandbox_one"),
        sa.PrimaryKeyConstraint("id", name="pk_sandbox"),
    )
    op.create_table(
        "appointment",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("programme", TEXT, nullable=True),
        sa.Column("process", TEXT, nullable=True),
        sa.Column("province", TEXT, nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("basis", JSON, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_appointment_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
    )
    op.create_table(
        "guidance",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("programme", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("plan_year", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("paper", TEXT, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_guidance_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_guidance"),
    )
    op.create_index("ix_guidance_programme", "guidance", ["programme"])
    op.create_table(
        "opening",
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("value", TEXT, nullable=True),
        sa.Column("erased_by", ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_opening_entry_id"),
        sa.ForeignKeyConstraint(["erased_by"], ["entry.id"], name="fk_opening_erased_by"),
        sa.PrimaryKeyConstraint("entry_id", "path", name="pk_opening"),
    )
    op.create_table(
        "person",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("identity_hash", TEXT, nullable=True),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_person_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("identity_hash", name="uq_person_identity_hash"),
    )
    op.create_table(
        "proposal",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("programme", TEXT, nullable=False),
        sa.Column("process", TEXT, nullable=False),
        sa.Column("process_sha256", TEXT, nullable=False),
        sa.Column("programme_sha256", TEXT, nullable=False),
        sa.Column("templates_sha256", TEXT, nullable=False),
        sa.Column("implementer", TEXT, nullable=False),
        sa.Column("province", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("milestone", TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("holder", TEXT, nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.Column("plan_year", sa.Integer(), nullable=False),
        sa.Column("activity", TEXT, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("past", JSON, nullable=False),
        sa.Column("parent", ROW_ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_hash", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["proposal.id"], name="fk_proposal_parent"),
        sa.ForeignKeyConstraint(["process_sha256"], ["definition.sha256"], name="fk_proposal_process_sha256"),
        sa.ForeignKeyConstraint(["programme_sha256"], ["definition.sha256"], name="fk_proposal_programme_sha256"),
        sa.ForeignKeyConstraint(["templates_sha256"], ["definition.sha256"], name="fk_proposal_templates_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
        sa.UniqueConstraint("code", name="uq_proposal_code"),
    )
    op.create_index(
        "ix_proposal_open_due",
        "proposal",
        ["due", "id"],
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )
    op.create_index(
        "ix_proposal_open_holder",
        "proposal",
        ["holder", "due", "id"],
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )
    op.create_index("ix_proposal_parent", "proposal", ["parent"])
    op.create_index("ix_proposal_programme_state", "proposal", ["programme", "state", "id"])
    op.create_table(
        "publication",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_publication_entry_id"),
        sa.ForeignKeyConstraint(["sha256"], ["definition.sha256"], name="fk_publication_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_publication"),
    )
    op.create_index("ix_publication_kind_key", "publication", ["kind", "key", "id"])
    op.create_table(
        "unsealed",
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_unsealed_entry_id"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_unsealed"),
    )
    op.create_table(
        "account",
        sa.Column("username", TEXT, nullable=False),
        sa.Column("person_id", TEXT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_person_id"),
        sa.PrimaryKeyConstraint("username", name="pk_account"),
    )
    op.create_index("ix_account_person_id", "account", ["person_id"])
    op.create_table(
        "attachment",
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("proposal_id", ROW_ID, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_attachment_entry_id"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_attachment_proposal_id"),
        sa.ForeignKeyConstraint(["sha256"], ["document.sha256"], name="fk_attachment_sha256"),
        sa.PrimaryKeyConstraint("entry_id", "number", name="pk_attachment"),
    )
    op.create_index("ix_attachment_proposal_id", "attachment", ["proposal_id"])
    op.create_index("ix_attachment_sha256", "attachment", ["sha256"])
    op.create_table(
        "deadline",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("proposal_id", ROW_ID, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seat", TEXT, nullable=False),
        sa.Column("allowance", sa.Integer(), nullable=True),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("consumed", sa.Integer(), nullable=False),
        sa.Column("running_since", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("due", INSTANT, nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("calendar", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.CheckConstraint("state IN ('running', 'paused', 'met', 'lapsed')", name="ck_deadline_state"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_deadline_proposal_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deadline"),
        sa.UniqueConstraint("proposal_id", "rule", "period", name="uq_deadline_proposal_id_rule_period"),
    )
    op.create_index(
        "ix_deadline_running_due",
        "deadline",
        ["due", "id"],
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "seat",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("person_id", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("capacity", TEXT, nullable=False),
        sa.Column("entry_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_seat_entry_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_seat_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_seat"),
    )
    op.create_index("ix_seat_person_id", "seat", ["person_id"])
    op.create_index("ix_seat_role_agency", "seat", ["role", "agency"])
    op.create_table(
        "reminder",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("deadline_id", ROW_ID, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("offset", TEXT, nullable=False),
        sa.Column("seat", TEXT, nullable=False),
        sa.Column("notice", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("fire_at", INSTANT, nullable=False),
        sa.Column("missed", TEXT, nullable=False),
        sa.Column("escalation", sa.Boolean(), nullable=False),
        sa.Column("repeat_every", sa.Integer(), nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("fired_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('scheduled', 'fired', 'cancelled', 'superseded')", name="ck_reminder_state"),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"], name="fk_reminder_deadline_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reminder"),
        sa.UniqueConstraint("deadline_id", "epoch", "offset", "seat", name="uq_reminder_deadline_id_epoch_offset_seat"),
    )
    op.create_index(
        "ix_reminder_scheduled",
        "reminder",
        ["fire_at", "id"],
        sqlite_where=sa.text("state = 'scheduled'"),
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_table(
        "token",
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("username", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["username"], ["account.username"], name="fk_token_username"),
        sa.PrimaryKeyConstraint("sha256", name="pk_token"),
    )
    op.create_index("ix_token_username", "token", ["username"])
    op.create_table(
        "notice",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("proposal_id", ROW_ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("reminder_id", ROW_ID, nullable=True),
        sa.Column("notice", TEXT, nullable=False),
        sa.Column("to_seat", TEXT, nullable=False),
        sa.Column("to_person", TEXT, nullable=True),
        sa.Column("to_name", TEXT, nullable=False),
        sa.Column("to_address", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("variables", JSON, nullable=False),
        sa.Column("templates_sha256", TEXT, nullable=False),
        sa.Column("send_after", INSTANT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("last_error", TEXT, nullable=False),
        sa.Column("message_id", TEXT, nullable=True),
        sa.CheckConstraint(
            "state IN ('scheduled', 'sending', 'accepted', 'bounced', 'failed', 'cancelled', 'to_print')",
            name="ck_notice_state",
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_notice_message_id"),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_notice_proposal_id"),
        sa.ForeignKeyConstraint(["reminder_id"], ["reminder.id"], name="fk_notice_reminder_id"),
        sa.ForeignKeyConstraint(["templates_sha256"], ["definition.sha256"], name="fk_notice_templates_sha256"),
        sa.ForeignKeyConstraint(["to_person"], ["person.id"], name="fk_notice_to_person"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice_key"),
    )
    op.create_index("ix_notice_message_id", "notice", ["message_id"])
    op.create_index("ix_notice_proposal_id", "notice", ["proposal_id"])
    op.create_index("ix_notice_reminder_id", "notice", ["reminder_id"])
    op.create_index(
        "ix_notice_unsent",
        "notice",
        ["next_attempt_at", "id"],
        sqlite_where=sa.text("state IN ('scheduled', 'sending')"),
        postgresql_where=sa.text("state IN ('scheduled', 'sending')"),
    )
