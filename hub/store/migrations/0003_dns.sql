-- SPDX-License-Identifier: GPL-2.0-or-later
-- Names, and names with addresses ("nas=10.66.0.9"), with commas between.
ALTER TABLE instance ADD COLUMN dns_custom TEXT NOT NULL DEFAULT '';
ALTER TABLE instance ADD COLUMN split_dns TEXT NOT NULL DEFAULT '';
ALTER TABLE instance ADD COLUMN dns_domains TEXT NOT NULL DEFAULT '';

-- What the peer is called in the DNS. Null in rows from before there was one: the engine gives those
-- theirs when it starts.
ALTER TABLE peer ADD COLUMN dns_label TEXT;
CREATE UNIQUE INDEX peer_dns_label ON peer (instance_id, dns_label);
CREATE INDEX peer_names ON peer (instance_id, host, dns_label) WHERE enabled;
CREATE INDEX peer_unlabelled ON peer ("row") WHERE dns_label IS NULL;
