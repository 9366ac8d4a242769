"""The tables. No methods: rules are in the domain, statements in the modules beside this one."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, composite, mapped_column

from passerelle.domain.gates import ReviewStatus
from passerelle.domain.stages import Cause, Facts, Stage

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

REVIEW_STATUS = Enum(ReviewStatus, native_enum=False, length=16, values_callable=lambda e: [m.value for m in e])
STAGE = Enum(Stage, native_enum=False, length=32, values_callable=lambda e: [m.value for m in e])
CAUSE = Enum(Cause, native_enum=False, length=32, values_callable=lambda e: [m.value for m in e])


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        datetime: DateTime(timezone=True),
        str: Text(),
        UUID: Uuid(),
        bytes: LargeBinary(),
        dict[str, str | int]: JSONB(),
        dict[str, object]: JSONB(),
    }


class WithId:
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Person(WithId, Base):
    """Somebody of the Connector: an admin who may request access, or an operator."""

    __tablename__ = "people"

    email: Mapped[str] = mapped_column(unique=True)
    """Normalized: what `auth.addresses.normalized` returns."""
    first_name: Mapped[str]
    last_name: Mapped[str]
    phone: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(String(2), server_default="fr")
    password_hash: Mapped[str | None]
    is_operator: Mapped[bool] = mapped_column(server_default=text("false"))


class Organization(WithId, Base):
    __tablename__ = "organizations"
    __table_args__ = (CheckConstraint("name_fr <> '' OR name_en <> ''", name="named"),)

    name_fr: Mapped[str] = mapped_column(server_default="")
    name_en: Mapped[str] = mapped_column(server_default="")
    """S15: one of the two may be empty."""
    contact_name: Mapped[str] = mapped_column(server_default="")
    status: Mapped[ReviewStatus] = mapped_column(REVIEW_STATUS, server_default=ReviewStatus.SUBMITTED.value)
    reviewed_at: Mapped[datetime | None]
    review_reason: Mapped[str] = mapped_column(server_default="")


class Program(WithId, Base):
    __tablename__ = "programs"
    __table_args__ = (
        CheckConstraint("title_fr <> '' OR title_en <> ''", name="titled"),
        CheckConstraint("response_level BETWEEN 1 AND 4", name="response_level"),
        Index("ix_programs_newest", "created_at", "id"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    title_fr: Mapped[str] = mapped_column(server_default="")
    title_en: Mapped[str] = mapped_column(server_default="")
    """S13: not unique; S15: one of the two may be empty."""
    contact_name: Mapped[str] = mapped_column(server_default="")
    response_level: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[ReviewStatus] = mapped_column(REVIEW_STATUS, server_default=ReviewStatus.SUBMITTED.value)
    reviewed_at: Mapped[datetime | None]
    review_reason: Mapped[str] = mapped_column(server_default="")


class Admin(Base):
    """S1: who may request access, for a whole organization or for one program."""

    __tablename__ = "admins"
    __table_args__ = (
        CheckConstraint("(organization_id IS NULL) <> (program_id IS NULL)", name="one_scope"),
        UniqueConstraint("person_id", "organization_id"),
        UniqueConstraint("person_id", "program_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    program_id: Mapped[UUID | None] = mapped_column(ForeignKey("programs.id"), index=True)


class TrainingSession(WithId, Base):
    __tablename__ = "training_sessions"
    __table_args__ = (
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("length_minutes > 0", name="length"),
    )

    title: Mapped[str]
    language: Mapped[str] = mapped_column(String(2))
    starts_at: Mapped[datetime]
    time_zone: Mapped[str]
    length_minutes: Mapped[int]
    seats: Mapped[int]
    meeting_link: Mapped[str] = mapped_column(server_default="")
    cancelled_at: Mapped[datetime | None]


class Registration(WithId, Base):
    """S4: an organization's seat in a training session. Attendance is separate (S6)."""

    __tablename__ = "registrations"
    __table_args__ = (
        Index(
            "uq_registrations_live",
            "training_session_id",
            "organization_id",
            unique=True,
            postgresql_where=text("cancelled_at IS NULL"),
        ),
    )

    training_session_id: Mapped[UUID] = mapped_column(ForeignKey("training_sessions.id"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    cancelled_at: Mapped[datetime | None]


class Onboarding(WithId, Base):
    """One program's way to the platform. `facts` is what happened, `stage` what that makes of it."""

    __tablename__ = "onboardings"
    __table_args__ = (
        # D1: one live onboarding per program; a withdrawn or lapsed one makes room for the next.
        Index(
            "uq_onboardings_program_live",
            "program_id",
            unique=True,
            postgresql_where=text("stage NOT IN ('withdrawn', 'lapsed')"),
        ),
        Index("ix_onboardings_stage", "stage", "id"),
        Index("ix_onboardings_unchecked", "changed_at", postgresql_where=text("checked_version < version")),
        Index(
            "ix_onboardings_checked",
            "checked_at",
            postgresql_where=text("stage NOT IN ('completed', 'withdrawn', 'lapsed')"),
        ),
    )

    program_id: Mapped[UUID] = mapped_column(ForeignKey("programs.id"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), index=True)
    stage: Mapped[Stage] = mapped_column(STAGE)
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    durations: Mapped[dict[str, object]]
    """domain.schedule.Durations as JSON, fixed at the start (L4)."""
    blocks: Mapped[UUID | None] = mapped_column(unique=True)
    """D1: the organization (or program) in which this live request blocks every other; None if it does not."""
    run_id: Mapped[str | None]
    checked_version: Mapped[int] = mapped_column(server_default="-1")
    """The version that the reconciler last found equal in Temporal, and when."""
    checked_at: Mapped[datetime | None]

    facts: Mapped[Facts] = composite(
        mapped_column("version"),
        mapped_column("training_registered"),
        mapped_column("requested"),
        mapped_column("generation"),
        mapped_column("provisioned"),
        mapped_column("mailing"),
        mapped_column("mailed"),
        mapped_column("expires_at"),
        mapped_column("invited_at"),
        mapped_column("reminded"),
        mapped_column("cause", CAUSE),
        mapped_column("attention_at"),
        mapped_column("registered_at"),
        mapped_column("withdrawn_at"),
        mapped_column("lapsed_at"),
    )


class AccessRequest(Base):
    """The form A-E (S17-S25): who asked (requester) for whom (recipient), kept apart (S21)."""

    __tablename__ = "access_requests"

    onboarding_id: Mapped[UUID] = mapped_column(ForeignKey("onboardings.id"), primary_key=True)
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    requested_at: Mapped[datetime]
    program_title: Mapped[str]
    """S18, and the invitation's sender name (S32), pinned at the request (F43)."""
    first_name: Mapped[str]
    last_name: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    language: Mapped[str] = mapped_column(String(2))
    logo_id: Mapped[UUID | None] = mapped_column(ForeignKey("logos.id"))
    terms_version: Mapped[str]
    """S23: which version the requester accepted, at `requested_at`."""


class Logo(WithId, Base):
    """S22: re-encoded to PNG; `name` is what the person's file was called."""

    __tablename__ = "logos"

    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]


class Invitation(Base):
    """One generation's credential and link, as digests (D3). It lives until the onboarding's `expires_at`."""

    __tablename__ = "invitations"

    onboarding_id: Mapped[UUID] = mapped_column(ForeignKey("onboardings.id"), primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("platform_accounts.id"), index=True)
    key_id: Mapped[str] = mapped_column(String(8))
    password_digest: Mapped[bytes]
    link_digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class PlatformAccount(WithId, Base):
    """An account of the embedded platform: one per address (I2)."""

    __tablename__ = "platform_accounts"

    email: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    language: Mapped[str] = mapped_column(String(2))
    password_hash: Mapped[str | None]
    """Argon2id, None until the person has set a password (S41)."""
    disabled_at: Mapped[datetime | None]
    failed_tries: Mapped[int] = mapped_column(server_default="0")
    locked_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("onboardings.id"))
    """L9: only an account that an onboarding made is disabled with it."""
    mail_digest: Mapped[bool] = mapped_column(server_default=text("true"))
    """S38, « Paramètres de messagerie »: whether the platform's own news are wanted."""


class Membership(Base):
    """The role that an account holds: administrator of one program on the platform."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("account_id", "onboarding_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("platform_accounts.id"))
    onboarding_id: Mapped[UUID] = mapped_column(ForeignKey("onboardings.id"), index=True)
    active_since: Mapped[datetime | None]


class Session(Base):
    """A signed-in browser. The cookie is opaque; only its digest is kept (SEC16)."""

    __tablename__ = "sessions"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("platform_accounts.id"), index=True)
    onboarding_id: Mapped[UUID | None] = mapped_column(ForeignKey("onboardings.id"))
    """S42: the registration that this session must finish first; None when nothing is open."""
    generation: Mapped[int | None]
    persistent: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class AccountToken(WithId, Base):
    """A mailed link that unlocks an account or sets a forgotten password (S35, S36).

    The token itself is derived again from `id` when the mail is written; only its digest is kept.
    """

    __tablename__ = "account_tokens"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("platform_accounts.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    digest: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class TimelineEntry(Base):
    """What happened, who, when (L10)."""

    __tablename__ = "timeline"
    __table_args__ = (Index("ix_timeline_onboarding", "onboarding_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    onboarding_id: Mapped[UUID] = mapped_column(ForeignKey("onboardings.id"))
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(32))
    stage: Mapped[Stage] = mapped_column(STAGE)
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_name: Mapped[str]
    details: Mapped[dict[str, str | int]]
    reason: Mapped[str]


class OutboxRow(Base):
    """A fact on its way to Temporal, written in the transaction that made it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_pending", "workflow_id", "id", postgresql_where=text("delivered_at IS NULL")),
        Index("ix_outbox_due", "due_at", postgresql_where=text("delivered_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    workflow_id: Mapped[str]
    """Rows of one workflow are delivered in the order of their ids."""
    subject_id: Mapped[UUID]
    """The onboarding, or the account token whose mail is wanted."""
    signal: Mapped[str] = mapped_column(String(32))
    facts: Mapped[dict[str, object]]
    """domain.stages.Facts as JSON, as they were in that transaction; empty for an account's mail."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    tries: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str] = mapped_column(server_default="")
    delivered_at: Mapped[datetime | None]


class CommandRow(Base):
    """A command somebody gave (L5); `id` is the Temporal update id, so one command has one effect."""

    __tablename__ = "commands"

    id: Mapped[str] = mapped_column(primary_key=True)
    onboarding_id: Mapped[UUID] = mapped_column(ForeignKey("onboardings.id"), index=True)
    command: Mapped[str] = mapped_column(String(32))
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_name: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    outcome: Mapped[str | None] = mapped_column(String(32))
    """None while under way; then `applied`, the code of the refusal, or `abandoned`."""


class MailRow(WithId, Base):
    """The ledger of intended sends: one row per mail, written before the mail server is asked (F14-F16)."""

    __tablename__ = "mails"
    __table_args__ = (UniqueConstraint("dedupe_key"),)

    dedupe_key: Mapped[str]
    """What this mail is, e.g. `<onboarding>:invitation:2`; the same again is the same row."""
    onboarding_id: Mapped[UUID | None] = mapped_column(ForeignKey("onboardings.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    generation: Mapped[int] = mapped_column(server_default="0")
    recipient: Mapped[str]
    language: Mapped[str] = mapped_column(String(8))
    message_id: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    """`attempting`, `accepted`, `deferred`, `refused`, `unknown` or `cancelled`."""
    tries: Mapped[int] = mapped_column(server_default="0")
    unknowns: Mapped[int] = mapped_column(server_default="0")
    """How often the connection broke after the whole message was sent: each may be a duplicate (I3)."""
    smtp_code: Mapped[int | None]
    tried_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]


class ApiKey(WithId, Base):
    """An integrator's key: shown once, kept as a digest (SEC31)."""

    __tablename__ = "api_keys"

    prefix: Mapped[str] = mapped_column(String(12), unique=True)
    digest: Mapped[bytes]
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(JSONB())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class IdempotencyRow(Base):
    """A POST that was answered, kept so that its repetition gets the same answer (F3).

    The row is written in the transaction of what the POST did. While that is under way an advisory lock
    stands for it, which ends with its holder: a crash leaves nothing that would have to be taken over.
    """

    __tablename__ = "idempotency"

    api_key_id: Mapped[UUID] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[bytes]
    status: Mapped[int]
    body: Mapped[bytes]
    headers: Mapped[dict[str, object]]
    """Content-Type, and Location, ETag and the like where the answer had them."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
