-- SPDX-License-Identifier: GPL-2.0-or-later
-- Times are seconds since 1970. Networks and addresses are kept as people write them, except where
-- they are searched by range. Private and preshared keys are sealed.

PRAGMA application_id = 0x57524e31;

CREATE TABLE hub (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    ula TEXT NOT NULL,
    audit_number INTEGER NOT NULL DEFAULT 0, -- the newest entry: so that cutting the end off is seen
    audit_hash BLOB NOT NULL DEFAULT (zeroblob(32)) CHECK (length(audit_hash) = 32),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE instance (
    id TEXT PRIMARY KEY CHECK (length(id) = 8),
    name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(name) > 0),
    hostname TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(hostname) > 0),
    region TEXT NOT NULL,
    network4 TEXT,
    network6 TEXT,
    slot INTEGER NOT NULL UNIQUE CHECK (slot > 0),
    port INTEGER NOT NULL UNIQUE CHECK (port BETWEEN 1 AND 65535),
    mtu INTEGER NOT NULL CHECK (mtu BETWEEN 0 AND 65535),
    client_to_client INTEGER NOT NULL CHECK (client_to_client IN (0, 1)),
    dns_mode INTEGER NOT NULL CHECK (dns_mode BETWEEN 0 AND 2),
    dns TEXT NOT NULL,
    pushed TEXT NOT NULL,
    private_key BLOB NOT NULL,
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    deleting INTEGER NOT NULL DEFAULT 0 CHECK (deleting IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

-- Counted along, so that neither counting nor the next host number costs a scan.
CREATE TABLE instance_counter (
    instance_id TEXT PRIMARY KEY REFERENCES instance (id) ON DELETE CASCADE,
    peers INTEGER NOT NULL DEFAULT 0 CHECK (peers >= 0),
    host_last INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE hostname_rest (
    hostname TEXT PRIMARY KEY COLLATE NOCASE,
    released_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE peer (
    "row" INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE CHECK (length(id) = 8),
    instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    name TEXT NOT NULL COLLATE NOCASE CHECK (length(name) > 0),
    is_site INTEGER NOT NULL CHECK (is_site IN (0, 1)),
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    route_all INTEGER NOT NULL CHECK (route_all IN (0, 1)),
    expires_at INTEGER,
    expired INTEGER NOT NULL CHECK (expired IN (0, 1)),
    host INTEGER NOT NULL CHECK (host > 0),
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    private_key BLOB,
    preshared_key BLOB,
    keepalive INTEGER NOT NULL CHECK (keepalive BETWEEN 0 AND 65535),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (instance_id, name),
    UNIQUE (instance_id, public_key),
    UNIQUE (instance_id, host),
    CHECK (NOT (enabled AND expired))
) STRICT;
CREATE INDEX peer_order ON peer (instance_id, "row");
CREATE INDEX peer_enabled ON peer (instance_id) WHERE enabled;
CREATE INDEX peer_expiry ON peer (expires_at) WHERE enabled AND expires_at IS NOT NULL;

-- held_by_instance is the instance's id while the peer is enabled and no other subnet of the same
-- peer covers this one: what is held never overlaps, which makes the search for overlaps one step.
CREATE TABLE peer_subnet (
    peer_id TEXT NOT NULL REFERENCES peer (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    family INTEGER NOT NULL CHECK (family IN (4, 6)),
    first BLOB NOT NULL CHECK (length(first) = iif(family = 4, 4, 16)),
    last BLOB NOT NULL CHECK (length(last) = length(first)),
    length INTEGER NOT NULL CHECK (length BETWEEN 0 AND 128),
    held_by_instance TEXT,
    PRIMARY KEY (peer_id, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX peer_subnet_held ON peer_subnet (held_by_instance, family, first)
    WHERE held_by_instance IS NOT NULL;

CREATE TABLE host_rest (
    instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    host INTEGER NOT NULL,
    released_at INTEGER NOT NULL,
    PRIMARY KEY (instance_id, host)
) STRICT, WITHOUT ROWID;
CREATE INDEX host_rest_time ON host_rest (instance_id, released_at);

CREATE TABLE peer_figures (
    peer_id TEXT PRIMARY KEY REFERENCES peer (id) ON DELETE CASCADE,
    received_total INTEGER NOT NULL,
    sent_total INTEGER NOT NULL,
    received_seen INTEGER NOT NULL,
    sent_seen INTEGER NOT NULL,
    last_handshake INTEGER NOT NULL,
    connected_since INTEGER NOT NULL,
    endpoint TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE issued_profile (
    peer_id TEXT PRIMARY KEY REFERENCES peer (id) ON DELETE CASCADE,
    format TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    excluded TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- No foreign keys: what was done outlives what it was done to.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    "from" TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    name TEXT NOT NULL,
    before TEXT,
    after TEXT,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_object ON audit (object, number);

CREATE TABLE kept_answer (
    who TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (who, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_answer_time ON kept_answer (at);
