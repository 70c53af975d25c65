-- SPDX-License-Identifier: GPL-2.0-or-later
-- Peers over OpenVPN. What names a peer (its identity) stands in peer.public_key for every protocol:
-- WireGuard's public key; the SHA-256 of a certificate; 32 random bytes of a peer that logs in by a
-- password.

ALTER TABLE instance ADD COLUMN openvpn_transports INTEGER NOT NULL DEFAULT 3
    CHECK (openvpn_transports BETWEEN 0 AND 3); -- 1 = UDP, 2 = TCP

ALTER TABLE peer ADD COLUMN protocol INTEGER NOT NULL DEFAULT 0 CHECK (protocol IN (0, 1));
ALTER TABLE peer ADD COLUMN login INTEGER NOT NULL DEFAULT 0 CHECK (login IN (0, 1));
CREATE INDEX peer_over_openvpn ON peer (instance_id, login) WHERE protocol = 1;

-- Made with the first OpenVPN peer of an instance. The port is for UDP and TCP; the legacy server has
-- the one after it.
CREATE TABLE instance_openvpn (
    instance_id TEXT PRIMARY KEY REFERENCES instance (id) ON DELETE CASCADE,
    port INTEGER NOT NULL UNIQUE CHECK (port BETWEEN 1 AND 65534),
    ca_certificate BLOB NOT NULL,
    ca_key BLOB NOT NULL,
    certificate BLOB NOT NULL,
    key BLOB NOT NULL,
    legacy_certificate BLOB, -- made with the first peer that logs in by password
    legacy_key BLOB,
    tls_crypt_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE peer_openvpn (
    peer_id TEXT PRIMARY KEY REFERENCES peer (id) ON DELETE CASCADE,
    issue INTEGER NOT NULL CHECK (issue > 0), -- counts its certificates
    certificate BLOB,
    not_after INTEGER, -- of the certificate
    key BLOB,
    tls_crypt_key BLOB,
    password BLOB,
    CHECK ((certificate IS NULL) = (tls_crypt_key IS NULL)),
    CHECK ((certificate IS NULL) = (not_after IS NULL)),
    CHECK ((certificate IS NULL) <> (password IS NULL))
) STRICT, WITHOUT ROWID;
