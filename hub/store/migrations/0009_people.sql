-- SPDX-License-Identifier: GPL-2.0-or-later
-- Users, whose peers are, and one-time links, by which a person without an account gets a profile.

CREATE TABLE user (
    id TEXT PRIMARY KEY CHECK (length(id) = 8),
    name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(name) > 0),
    email TEXT NOT NULL,
    note TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Of a user, and so of all of its peers.
CREATE TABLE user_group (
    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    label TEXT NOT NULL CHECK (length(label) > 0),
    PRIMARY KEY (user_id, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_group_members ON user_group (label);

ALTER TABLE peer ADD COLUMN user_id TEXT REFERENCES user (id);
-- It was enabled when its user was disabled, and is again when the user is.
ALTER TABLE peer ADD COLUMN disabled_with_user INTEGER NOT NULL DEFAULT 0
    CHECK (disabled_with_user IN (0, 1));
CREATE INDEX peer_of_user ON peer (user_id, instance_id) WHERE user_id IS NOT NULL;

-- A peer's user was a label: each that a peer or a rule names becomes a user of that name. Labels
-- that differ by case alone stay apart: all but the first get a name that no label could be.
CREATE TABLE label_user (label TEXT PRIMARY KEY, user_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO label_user (label, user_id)
    SELECT label,
        substr('abcdefghijklmnopqrstuvwxyz234567', 1 + (random() & 31), 1) ||
        substr('abcdefghijklmnopqrstuvwxyz234567', 1 + (random() & 31), 1) ||
        substr('abcdefghijklmnopqrstuvwxyz234567', 1 + (random() & 31), 1) ||
        substr('abcdefghijklmnopqrstuvwxyz234567', 1 + (random() & 31), 1) ||
        substr('abcdefghijklmnopqrstuvwxyz234567', 1 + (random() & 31), 1) ||
        substr('abcdefghijklmnopqrstuvwxyz234567', 1 + (random() & 31), 1) ||
        substr('abcdefghijklmnopqrstuvwxyz234567', 1 + (random() & 31), 1) ||
        substr('abcdefghijklmnopqrstuvwxyz234567', 1 + (random() & 31), 1)
    FROM (
        SELECT label FROM peer_label WHERE kind = 0
        UNION SELECT from_value FROM firewall_rule WHERE from_kind = 3
        UNION SELECT to_value FROM firewall_rule WHERE to_kind = 3
    ) WHERE length(label) > 0;
INSERT INTO user (id, name, email, note, enabled, created_at, updated_at, revision)
    SELECT user_id,
        iif(row_number() OVER (PARTITION BY lower(label) ORDER BY label) = 1, label,
            substr(label, 1, 50) || ' ' || lower(hex(randomblob(4)))),
        '', '', 1, unixepoch(), unixepoch(), 1
    FROM label_user;
UPDATE peer SET user_id = (
    SELECT u.user_id FROM peer_label l JOIN label_user u ON u.label = l.label
    WHERE l.peer_id = peer.id AND l.kind = 0);
UPDATE firewall_rule SET from_value = (SELECT user_id FROM label_user WHERE label = from_value)
    WHERE from_kind = 3;
UPDATE firewall_rule SET to_value = (SELECT user_id FROM label_user WHERE label = to_value)
    WHERE to_kind = 3;
DELETE FROM peer_label WHERE kind = 0;
DROP TABLE label_user;

-- Of the token there is a hash alone. No foreign key: who opens the link of a peer that is gone is
-- told so.
CREATE TABLE one_time_link (
    id TEXT PRIMARY KEY CHECK (length(id) = 8),
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    pin_hash BLOB CHECK (pin_hash IS NULL OR length(pin_hash) = 32), -- keyed with the token
    instance_id TEXT NOT NULL,
    peer_id TEXT NOT NULL,
    identity BLOB NOT NULL CHECK (length(identity) = 32), -- the peer's when it was made
    direct INTEGER NOT NULL CHECK (direct IN (0, 1)), -- the file is to be had without opening it
    uses INTEGER NOT NULL CHECK (uses > 0),
    used INTEGER NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND uses),
    wrong_pins INTEGER NOT NULL DEFAULT 0,
    refusals INTEGER NOT NULL DEFAULT 0, -- that the audit tells of
    made_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    opened_at INTEGER, -- last
    downloads INTEGER NOT NULL DEFAULT 0 -- since then
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_link_order ON one_time_link (created_at, id);
CREATE INDEX one_time_link_peer ON one_time_link (peer_id);
CREATE INDEX one_time_link_end ON one_time_link (expires_at);
