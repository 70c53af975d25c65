-- SPDX-License-Identifier: GPL-2.0-or-later
-- Rules are judged in the order of "order", which has gaps: a rule that comes between takes a number
-- between. An end of a rule or check is a kind and a value: a peer's id, a label, a network.

ALTER TABLE instance ADD COLUMN firewall_deny INTEGER NOT NULL DEFAULT 0 CHECK (firewall_deny IN (0, 1));

CREATE TABLE peer_label (
    peer_id TEXT NOT NULL REFERENCES peer (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL, -- enum label_kind: its user, a group it is in
    label TEXT NOT NULL CHECK (length(label) > 0),
    instance_id TEXT NOT NULL,
    PRIMARY KEY (peer_id, kind, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX peer_label_holders ON peer_label (instance_id, kind, label);

CREATE TABLE firewall_rule (
    id TEXT PRIMARY KEY CHECK (length(id) = 8),
    instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    "order" INTEGER NOT NULL,
    allow INTEGER NOT NULL CHECK (allow IN (0, 1)),
    both INTEGER NOT NULL CHECK (both IN (0, 1)),
    protocol INTEGER NOT NULL CHECK (protocol BETWEEN 0 AND 255),
    ports TEXT NOT NULL,
    from_kind INTEGER NOT NULL,
    from_value TEXT NOT NULL,
    to_kind INTEGER NOT NULL,
    to_value TEXT NOT NULL,
    expires_at INTEGER,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    comment TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX firewall_rule_order ON firewall_rule (instance_id, "order");
CREATE INDEX firewall_rule_from ON firewall_rule (instance_id, from_kind, from_value);
CREATE INDEX firewall_rule_to ON firewall_rule (instance_id, to_kind, to_value);

CREATE TABLE firewall_hits (
    rule_id TEXT PRIMARY KEY REFERENCES firewall_rule (id) ON DELETE CASCADE,
    total INTEGER NOT NULL,
    seen INTEGER NOT NULL -- the kernel's own count at the last reading
) STRICT, WITHOUT ROWID;

CREATE TABLE firewall_check (
    "row" INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE CHECK (length(id) = 8),
    instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    allow INTEGER NOT NULL CHECK (allow IN (0, 1)),
    protocol INTEGER NOT NULL CHECK (protocol BETWEEN 1 AND 255),
    port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),
    from_kind INTEGER NOT NULL,
    from_value TEXT NOT NULL,
    to_kind INTEGER NOT NULL,
    to_value TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX firewall_check_order ON firewall_check (instance_id, "row");
