-- SPDX-License-Identifier: GPL-2.0-or-later
-- Subnets that others see as another prefix, and the links of sites that have such.

-- peer_subnet holds what others see; `real` is where it begins on the site's own LAN, null: the same.
ALTER TABLE peer_subnet ADD COLUMN real BLOB CHECK (real IS NULL OR length(real) = length(first));

ALTER TABLE peer ADD COLUMN link INTEGER NOT NULL DEFAULT 0 CHECK (link BETWEEN 0 AND 63);
CREATE INDEX peer_on_link ON peer (instance_id, link) WHERE link > 0;

-- Those that a peer, enabled or not, is on.
CREATE TABLE instance_link (
    instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    link INTEGER NOT NULL CHECK (link BETWEEN 1 AND 63),
    port INTEGER NOT NULL UNIQUE CHECK (port BETWEEN 1 AND 65535), -- of WireGuard
    -- Of OpenVPN, once the link has such a peer: as in instance_openvpn.
    openvpn_port INTEGER UNIQUE CHECK (openvpn_port BETWEEN 1 AND 65534),
    PRIMARY KEY (instance_id, link)
) STRICT, WITHOUT ROWID;
