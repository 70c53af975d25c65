-- SPDX-License-Identifier: GPL-2.0-or-later
-- An instance has up to 1,024 links. A check can't be changed: the columns are made anew.

DROP INDEX peer_on_link;
ALTER TABLE peer RENAME COLUMN link TO link_before;
ALTER TABLE peer ADD COLUMN link INTEGER NOT NULL DEFAULT 0 CHECK (link BETWEEN 0 AND 1023);
UPDATE peer SET link = link_before WHERE link_before > 0;
ALTER TABLE peer DROP COLUMN link_before;
CREATE INDEX peer_on_link ON peer (instance_id, link) WHERE link > 0;

-- As in 0005.
CREATE TABLE instance_link_after (
    instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    link INTEGER NOT NULL CHECK (link BETWEEN 1 AND 1023),
    port INTEGER NOT NULL UNIQUE CHECK (port BETWEEN 1 AND 65535), -- of WireGuard
    -- Of OpenVPN, once the link has such a peer: as in instance_openvpn.
    openvpn_port INTEGER UNIQUE CHECK (openvpn_port BETWEEN 1 AND 65534),
    PRIMARY KEY (instance_id, link)
) STRICT, WITHOUT ROWID;
INSERT INTO instance_link_after (instance_id, link, port, openvpn_port)
    SELECT instance_id, link, port, openvpn_port FROM instance_link;
DROP TABLE instance_link;
ALTER TABLE instance_link_after RENAME TO instance_link;
