-- SPDX-License-Identifier: GPL-2.0-or-later
-- The history of traffic. A series is a peer's ("row" of peer), an instance's (minus its slot) or the
-- hub's (0). Each minute is written once, all peers of an instance together, into the journal; once
-- an hour a series' minutes are folded into its rings.

-- Bytes as hub/store/traffic_journal.c writes them. slot 0 is the hub.
CREATE TABLE traffic_journal (
    "row" INTEGER PRIMARY KEY AUTOINCREMENT,
    slot INTEGER NOT NULL,
    minute INTEGER NOT NULL, -- since 1970
    data BLOB NOT NULL
) STRICT;

-- Series are folded in sixty turns: up to which row of the journal each is in the rings.
CREATE TABLE traffic_turn (
    turn INTEGER PRIMARY KEY CHECK (turn BETWEEN 0 AND 59),
    folded INTEGER NOT NULL
) STRICT;
WITH RECURSIVE turns (turn) AS (SELECT 0 UNION ALL SELECT turn + 1 FROM turns WHERE turn < 59)
INSERT INTO traffic_turn SELECT turn, 0 FROM turns;

-- A ring's chunk: key is series * 65536 + step * 256 + place in the ring, bytes as
-- hub/store/traffic_chunk.c writes them. A chunk takes the place of the one before it in the ring.
CREATE TABLE traffic_chunk (
    key INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

CREATE TRIGGER peer_traffic AFTER DELETE ON peer BEGIN
    DELETE FROM traffic_chunk
    WHERE key BETWEEN old."row" * 65536 AND old."row" * 65536 + 65535;
END;
CREATE TRIGGER instance_traffic AFTER DELETE ON instance BEGIN
    DELETE FROM traffic_chunk
    WHERE key BETWEEN -old.slot * 65536 AND -old.slot * 65536 + 65535;
    DELETE FROM traffic_journal WHERE slot = old.slot; -- another one may get the slot
END;
