-- SPDX-License-Identifier: GPL-2.0-or-later
-- Whom the web shows itself as: one row.
CREATE TABLE tls (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    source INTEGER NOT NULL CHECK (source IN (0, 1, 2)), -- 0 = signed by itself, 1 = imported, 2 = ACME
    chain TEXT NOT NULL, -- PEM, its own certificate first
    key BLOB NOT NULL,   -- PEM, sealed
    updated_at INTEGER NOT NULL
) STRICT;
