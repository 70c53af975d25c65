// SPDX-License-Identifier: GPL-2.0-or-later
// The hub's objects, as hub/DESIGN.md names them.

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface FieldProblem {
  field: string;
  wrong: string;
  would?: string | null;
}

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

export interface Pending {
  step: string;
  title: string;
  reason: string | null;
  retry_at: string | null;
}

export type InstanceState = "pending" | "provisioning" | "active" | "failed" | "deleting";
export type Action = "allow" | "deny";

export interface OpenvpnServer {
  state: string;
  port: number;
  connected: number;
  failure: string | null;
  retry_at: string | null;
}

export interface Instance {
  id: string;
  name: string;
  hostname: string;
  public_name: string | null;
  region: string;
  state: InstanceState;
  ready: Record<string, boolean>;
  pending: Pending[];
  networks: string[];
  hub_addresses: string[];
  pushed_routes: string[];
  public_dns: string[] | null;
  dns_domain: string;
  domains: string[];
  dns_custom: string[];
  split_dns: string[];
  client_to_client: boolean;
  firewall_default: Action;
  mtu: number;
  wireguard: { port: number; public_key: string; backend: string | null };
  openvpn: { transports: string[]; port: number | null; legacy_port: number | null; servers?: Record<string, OpenvpnServer> };
  peers: { total: number; enabled: number; connected: number };
  resync: { at: string | null; writes: number };
  created_at: string;
  updated_at: string;
}

export type PeerType = "client" | "site";
export type Protocol = "wireguard" | "openvpn";

export interface Peer {
  id: string;
  instance_id: string;
  name: string;
  dns_name: string | null;
  type: PeerType;
  protocol: Protocol;
  login: "certificate" | "password" | null;
  certificate: { fingerprint: string; expires_at: string | null } | null;
  enabled: boolean;
  expired: boolean;
  expires_at: string | null;
  addresses: string[];
  subnets: string[];
  mapped: { real: string; mapped: string }[];
  user: string | null;
  user_id: string | null;
  groups: string[];
  user_groups: string[];
  disabled_with_user: boolean;
  route_all: boolean;
  public_key: string | null;
  private_key_held: boolean;
  preshared_key: boolean;
  keepalive: number;
  connected: boolean;
  connected_since: string | null;
  connected_from: string | null;
  last_handshake: string | null;
  last_seen: string | null;
  rx_bytes: number;
  tx_bytes: number;
  profile_issued_at: string | null;
  profile_stale: boolean;
  profile_stale_reasons: string[];
  pending: Pending[];
  created_at: string;
  updated_at: string;
}

export interface ProfileFormat {
  format: string;
  title: string;
  file_name: string;
  media_type: string;
  fits_qr: boolean;
  qr_by_link: boolean;
  issued_at: string | null;
  stale: boolean;
  stale_reasons: string[];
}

export interface Profile {
  format: string;
  file_name: string;
  media_type: string;
  encoding: "utf-8" | "base64";
  content: string;
  warnings: string[];
}

export interface Rule {
  id: string;
  instance_id: string;
  position: number;
  action: Action;
  from: string;
  to: string;
  protocol: "any" | "tcp" | "udp" | "icmp";
  ports: string[];
  direction: "one" | "both";
  enabled: boolean;
  expired: boolean;
  expires_at: string | null;
  comment: string | null;
  hits: number;
  pending?: Pending[];
}

export interface Finding {
  action: "allow" | "deny" | "mixed";
  reason: string;
  rule: string | null;
  position: number | null;
  from_address: string | null;
  to_address: string | null;
  allowed: number;
  denied: number;
}

export interface Check {
  id: string;
  expect: Action;
  from: string;
  to: string;
  protocol: string;
  port: number | null;
  holds: boolean;
  finding: Finding;
}

export interface ExplainEnd {
  address: string;
  place: string;
  peer: string | null;
}

export interface ExplainStep {
  step: string;
  title: string;
  holds: "yes" | "no" | "unknown";
  text: string;
  mend: string | null;
  command: string | null;
}

export interface Explanation {
  from: ExplainEnd;
  to: ExplainEnd;
  protocol: string;
  port: number | null;
  holds: boolean;
  broken: string | null;
  steps: ExplainStep[];
}

export interface HubEvent {
  id: number;
  at: string;
  kind: string;
  instance_id: string | null;
  peer_id: string | null;
  instance?: string | null;
  peer?: string | null;
  text: string;
  step?: string;
}

// What needs somebody's attention; the worst first.
export interface Concern {
  kind: string;
  level: "problem" | "soon" | "note";
  text: string;
  would: string | null;
  command: string | null;
  instance_id: string | null;
  instance: string | null;
  peer_id: string | null;
  peer: string | null;
  count: number;
  at: string | null;
}

export interface AuditEntry {
  number: number;
  at: string;
  who: string;
  from: string;
  action: string;
  object: string;
  name: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  hash: string;
}

export interface Sandbox {
  text: string;
  uid: number;
  gid: number;
  capabilities: string[];
  no_new_privs: boolean;
  seccomp: boolean;
  landlock_abi: number;
}

export interface RoleStatus {
  name: string;
  instance_id: string | null;
  instance: string | null;
  pid: number;
  restarts: number;
  started_at: string | null;
  sandbox: Sandbox | null;
}

export interface Status {
  version: string;
  region: string;
  public_name: string | null;
  ready: boolean;
  started_at: string;
  uptime: number;
  backend: string | null;
  roles: RoleStatus[];
  roles_problem: string | null;
  store: { directory: string; bytes: number; commits: number; schema_version: number };
  instances: Record<InstanceState | "total", number>;
}

export interface Setting {
  name: string;
  section: string;
  key: string;
  value: string;
  pending: string | null; // in the file, in force after a restart
  default: string;
  effect: "live" | "restart";
  help: string;
}

export interface SettingsChange {
  items: Setting[];
  restart: string | null;
  notice: string | null;
}

export interface User {
  id: string;
  name: string;
  email: string | null;
  groups: string[];
  note: string | null;
  enabled: boolean;
  peers: { total: number; enabled: number; connected: number };
  created_at: string;
  updated_at: string;
}

export interface UserPeer {
  id: string;
  name: string;
  instance_id: string;
  instance: string;
  done?: string;
  why?: string;
}

// A user's peer, as the user's page shows it.
export type OwnedPeer = Pick<
  Peer,
  "id" | "name" | "instance_id" | "type" | "protocol" | "enabled" | "expired" | "expires_at" | "disabled_with_user" | "addresses" | "connected" | "last_seen" | "rx_bytes" | "tx_bytes"
> & { instance: string };

export interface UserChanged extends User {
  peers_changed?: UserPeer[];
  peers_left?: UserPeer[];
}

export interface OneTimeLink {
  id: string;
  instance_id: string;
  instance: string | null;
  peer_id: string;
  peer: string | null;
  state: string;
  uses: number;
  uses_left: number;
  pin: boolean;
  wrong_pins: number;
  direct: boolean;
  made_by: string;
  created_at: string;
  expires_at: string;
  opened_at: string | null;
  url?: string; // when it is made
}

export interface OpenedFormat {
  format: string;
  title: string;
  file_name: string;
  media_type: string;
  content: string;
  url: string;
  import_url: string | null;
  qr: string | null;
}

export interface OpenedLink {
  hub: { public_name: string; region: string };
  instance: { name: string };
  peer: { name: string; type: PeerType; protocol: Protocol; route_all: boolean; expires_at: string | null };
  formats: OpenedFormat[];
  steps: Record<string, string[]>;
  openvpn_import_url: string | null;
  uses: number;
  uses_left: number;
  valid_until: string;
  file_until: string;
}

export type TrafficSpan = "hour" | "day" | "fortnight" | "quarter" | "two-years";

// Bytes of each step, from a time on; null where nothing is known.
export interface TrafficHistory {
  span: TrafficSpan;
  step: number;
  from: string;
  rx: (number | null)[];
  tx: (number | null)[];
}

export type Role = "auditor" | "operator" | "owner";

export interface Admin {
  id: string;
  name: string;
  role: Role;
  instances: string[] | null;
  enabled: boolean;
  totp: boolean;
  passkeys: number;
  recovery_codes: number;
  last_sign_in: string | null;
  created_at: string;
  updated_at: string;
}

export interface Passkey {
  id: string;
  admin_id: string;
  name: string;
  created_at: string;
  last_used_at: string | null;
}

export interface TotpSecret {
  secret: string;
  uri: string;
  qr: string | null; // SVG
}

// An admin who is signed in somewhere.
export interface SignedIn {
  id: string;
  admin_id: string;
  admin: string | null;
  from: string;
  method: string;
  created_at: string;
  last_used_at: string;
  ends_at: string;
  idle_ends_at: string;
  current?: boolean; // in a list
}

export interface Token {
  id: string;
  name: string;
  admin_id: string;
  admin: string | null;
  role: Role;
  instances: string[] | null;
  sources: string[];
  expires_at: string | null;
  created_at: string;
  last_used_at: string | null;
  last_used_from: string | null;
  token?: string; // when it is made
}

// Who asks, and what that one may do.
export interface Session {
  who: string; // as in the audit
  role: Role;
  limited: boolean; // to `instances`
  instances: string[] | null;
  from: string;
  fresh: boolean; // signed in a short while ago
  admin: Admin | null;
  session: SignedIn | null;
}
