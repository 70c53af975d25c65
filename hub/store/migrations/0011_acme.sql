-- SPDX-License-Identifier: GPL-2.0-or-later
-- The hub's account with an authority (ACME), and how the last order ended: one row.
CREATE TABLE acme (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL,         -- PEM, sealed
    directory TEXT NOT NULL,   -- where the account is registered; '' = nowhere
    contact TEXT NOT NULL,     -- as it is known there
    failures INTEGER NOT NULL, -- one after the other
    words TEXT NOT NULL,       -- of the last one
    tried_at INTEGER NOT NULL, -- 0 = never
    next_at INTEGER NOT NULL   -- not before; 0 = at any time
) STRICT;
