"""Staff, roles, sessions, API keys and the audit log."""

from alembic import op

revision = "20261122_1820"
down_revision = "20261122_1810"

SQL = """
-- Reference family: people who work here, and what they may do.
CREATE TABLE staff (
    id                 uuid NOT NULL PRIMARY KEY,
    email              text COLLATE "C" NOT NULL UNIQUE,
    name               text NOT NULL,
    language           text COLLATE "C" NOT NULL,
    state              text COLLATE "C" NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
    password_hash      text,
    totp_secret        bytea,
    totp_pending       bytea,
    totp_step          bigint NOT NULL DEFAULT 0,
    version            integer NOT NULL DEFAULT 1,
    created_at         timestamptz NOT NULL,
    last_signed_in_at  timestamptz
);

CREATE TABLE roles (
    code         text COLLATE "C" NOT NULL PRIMARY KEY,
    name         jsonb NOT NULL,
    permissions  text[] COLLATE "C" NOT NULL,
    version      integer NOT NULL DEFAULT 1
);

-- The one role that must exist, or nobody could give anybody any right.
INSERT INTO roles (code, name, permissions) VALUES ('administrator', '{
    "nb": "Administrator", "sv": "Administratör", "da": "Administrator", "en": "Administrator",
    "de": "Administrator", "ja": "管理者"
}', '{*}');

-- No stores (or channels) given means all of them, which is why an empty list is refused.
CREATE TABLE role_assignments (
    id        uuid NOT NULL PRIMARY KEY,
    staff_id  uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    role      text COLLATE "C" NOT NULL REFERENCES roles (code),
    stores    text[] COLLATE "C" CHECK (cardinality(stores) > 0),
    channels  text[] COLLATE "C" CHECK (cardinality(channels) > 0)
);
CREATE INDEX role_assignments_staff ON role_assignments (staff_id);
CREATE INDEX role_assignments_role ON role_assignments (role);

CREATE TABLE recovery_codes (
    staff_id   uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    code_hash  bytea NOT NULL,
    PRIMARY KEY (staff_id, code_hash)
);

CREATE TABLE api_keys (
    id            uuid NOT NULL PRIMARY KEY,
    secret_hash   bytea NOT NULL UNIQUE,
    prefix        text COLLATE "C" NOT NULL,
    name          text NOT NULL,
    permissions   text[] COLLATE "C" NOT NULL,
    stores        text[] COLLATE "C" CHECK (cardinality(stores) > 0),
    channels      text[] COLLATE "C" CHECK (cardinality(channels) > 0),
    created_by    text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz,
    revoked_at    timestamptz,
    last_used_at  timestamptz
);

-- Local tables: short-lived proofs. What people hold is never stored, only its hash.
CREATE TABLE sessions (
    token_hash    bytea NOT NULL PRIMARY KEY,
    id            uuid NOT NULL UNIQUE,
    kind          text COLLATE "C" NOT NULL CHECK (kind IN ('staff', 'customer')),
    subject       uuid NOT NULL,
    transport     text COLLATE "C" NOT NULL CHECK (transport IN ('cookie', 'bearer')),
    idle_seconds  integer NOT NULL CHECK (idle_seconds > 0),
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    address       text,
    agent         text
);
CREATE INDEX sessions_subject ON sessions (subject);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- A link in a mail: to take up an invitation or to choose a new password.
CREATE TABLE staff_links (
    token_hash  bytea NOT NULL PRIMARY KEY,
    staff_id    uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    purpose     text COLLATE "C" NOT NULL CHECK (purpose IN ('invitation', 'reset')),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX staff_links_staff ON staff_links (staff_id, purpose);

-- Somebody says that she forgot her password; looked into later, so that the answer cannot tell who has an account.
CREATE TABLE reset_requests (
    id     uuid NOT NULL PRIMARY KEY,
    email  text COLLATE "C" NOT NULL,
    at     timestamptz NOT NULL
);

-- Between the right password and the right second factor.
CREATE TABLE sign_in_steps (
    token_hash  bytea NOT NULL PRIMARY KEY,
    staff_id    uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    transport   text COLLATE "C" NOT NULL CHECK (transport IN ('cookie', 'bearer')),
    expires_at  timestamptz NOT NULL
);

-- Value family: when the next try of this kind is free again (a leaky bucket in one number).
CREATE TABLE throttles (
    key  text COLLATE "C" NOT NULL PRIMARY KEY,
    due  timestamptz NOT NULL
);
CREATE INDEX throttles_due ON throttles (due);

-- Who did what to what. Rows are added, never changed.
CREATE TABLE audit_log (
    id          uuid NOT NULL PRIMARY KEY,
    at          timestamptz NOT NULL,
    actor       text COLLATE "C" NOT NULL,
    action      text COLLATE "C" NOT NULL,
    target      text COLLATE "C" NOT NULL,
    facts       jsonb NOT NULL,
    request_id  text,
    address     text
);
CREATE INDEX audit_log_actor ON audit_log (actor, id DESC);
CREATE INDEX audit_log_target ON audit_log (target, id DESC);
CREATE INDEX audit_log_action ON audit_log (action, id DESC);
"""


def upgrade() -> None:
    op.execute(SQL)
