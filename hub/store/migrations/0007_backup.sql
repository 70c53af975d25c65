-- SPDX-License-Identifier: GPL-2.0-or-later
-- What backups are closed with that the hub makes by itself; the passphrase that opens them is not
-- here. The secret is sealed.

CREATE TABLE backup_lock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    operations INTEGER NOT NULL,
    memory_kib INTEGER NOT NULL,
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    public_key BLOB NOT NULL CHECK (length(public_key) = 32),
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
