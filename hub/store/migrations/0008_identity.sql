-- SPDX-License-Identifier: GPL-2.0-or-later
-- Admins, how they show who they are, what they are signed in with. What is random and shown once
-- (sessions, tokens, recovery codes) is kept as its hash.

CREATE TABLE admin (
    id TEXT PRIMARY KEY CHECK (length(id) = 8),
    name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(name) > 0),
    role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 2), -- enum api_role
    limited INTEGER NOT NULL CHECK (limited IN (0, 1)), -- to the instances of admin_instance
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    password TEXT, -- argon2id, with its parameters; null: none
    last_sign_in INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is limited stays limited when the last of the instances goes.
CREATE TABLE admin_instance (
    admin_id TEXT NOT NULL REFERENCES admin (id) ON DELETE CASCADE,
    instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    PRIMARY KEY (admin_id, instance_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX admin_instance_instance ON admin_instance (instance_id);

CREATE TABLE admin_totp (
    admin_id TEXT PRIMARY KEY REFERENCES admin (id) ON DELETE CASCADE,
    secret BLOB NOT NULL, -- sealed
    confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    step INTEGER NOT NULL -- of the newest code that was used
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_code (
    admin_id TEXT NOT NULL REFERENCES admin (id) ON DELETE CASCADE,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (admin_id, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE passkey (
    id TEXT PRIMARY KEY CHECK (length(id) = 8),
    admin_id TEXT NOT NULL REFERENCES admin (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (length(name) > 0),
    credential BLOB NOT NULL UNIQUE CHECK (length(credential) BETWEEN 1 AND 1023),
    public_key BLOB NOT NULL, -- SubjectPublicKeyInfo
    counter INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_admin ON passkey (admin_id, created_at);

CREATE TABLE session (
    "row" INTEGER PRIMARY KEY, -- the order in which they began
    id TEXT NOT NULL UNIQUE CHECK (length(id) = 8),
    admin_id TEXT NOT NULL REFERENCES admin (id) ON DELETE CASCADE,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    "from" TEXT NOT NULL,
    method TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_admin ON session (admin_id);

CREATE TABLE token (
    id TEXT PRIMARY KEY CHECK (length(id) = 8),
    admin_id TEXT NOT NULL REFERENCES admin (id) ON DELETE CASCADE,
    name TEXT NOT NULL COLLATE NOCASE CHECK (length(name) > 0),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 2),
    limited INTEGER NOT NULL CHECK (limited IN (0, 1)), -- to the instances of token_instance
    sources TEXT NOT NULL, -- networks it may be used from; '': any
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    last_used_from TEXT,
    UNIQUE (admin_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE token_instance (
    token_id TEXT NOT NULL REFERENCES token (id) ON DELETE CASCADE,
    instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    PRIMARY KEY (token_id, instance_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_instance_instance ON token_instance (instance_id);

-- Guesses at an account, so that starting the hub again does not give more of them.
CREATE TABLE attempt (
    admin_id TEXT PRIMARY KEY REFERENCES admin (id) ON DELETE CASCADE,
    failures INTEGER NOT NULL,
    failed_at INTEGER NOT NULL,
    decayed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where an account was signed in from: there the guesses of others keep nobody waiting.
CREATE TABLE known_address (
    admin_id TEXT NOT NULL REFERENCES admin (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (admin_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE setup_link (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    token BLOB NOT NULL, -- sealed: it is shown again on the hub itself
    ends_at INTEGER NOT NULL
) STRICT;
