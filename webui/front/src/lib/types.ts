// SPDX-License-Identifier: GPL-2.0-or-later
// The hub's objects as the page calls them. The build makes their types of the API's own document: what the hub answers
// otherwise one day is found by the check of the types.
import type * as Api from "api-types";

export interface Page<T> {
  items: T[];
  next: string | null;
}

// A word of a name that counts or that only a newer hub says is a text to the document: here it is narrower.
type With<T, Narrower> = Omit<T, keyof Narrower> & Narrower;

export type FieldProblem = Api.ProblemField;
export type Change = Api.FieldChange;
export type Pending = Api.Pending;

export type Instance = Api.Instance;
export type InstanceState = Instance["state"];
export type OpenvpnServer = Api.OpenvpnServer;

export type Peer = Api.Peer;
export type PeerType = Peer["type"];
export type Protocol = Peer["protocol"];
export type ProfileFormat = Api.ProfileFormat;
export type Profile = Api.Profile;

export type Rule = Api.Rule;
export type Action = Rule["action"];
export type Finding = Api.Finding;
export type Check = Api.Check;

export type Explanation = Api.Explanation;
export type ExplainEnd = Api.ExplainedEnd;
export type ExplainStep = Api.ExplainedStep;

export type HubEvent = Api.Event;
export type Concern = Api.Attention; // what needs somebody's attention; the worst first
export type AuditEntry = With<Api.AuditEntry, { before: Record<string, unknown> | null; after: Record<string, unknown> | null }>;

export type Status = Api.Status;
export type RoleStatus = Api.Role;
export type Sandbox = Api.Sandbox;
export type Setting = Api.Setting;
export type SettingsChange = Api.SettingsChange;

export type Backup = Api.Backup;
export type BackupLock = Api.BackupLock;
export type BackupUpload = Api.BackupUpload;
export type BackupRestored = Api.BackupRestored;
export type Box = Api.Box;
export type Update = Api.Update;
export type BoxWish = "restart" | "power_off" | "factory_reset";

// The authority that signs the hub's certificate.
export interface Acme {
  state: "off" | "waiting" | "ordering" | "issued" | "failed";
  name: string | null;
  directory: string;
  reason: string | null;
  tried_at: string | null;
  next_at: string | null;
}
export type Certificate = Api.Certificate & { acme?: Acme };

export type User = Api.User;
export type UserPeer = Api.UserPeerChanged | Api.UserPeerLeft;
export type OwnedPeer = Api.UserPeer; // as the user's page shows it

export type OneTimeLink = Api.OneTimeLink;
export type OpenedFormat = Api.OpenedLinkFormat;
export type OpenedLink = With<Api.OpenedLink, { steps: Record<string, string[]> }>;

// Bytes of each step, from a time on; null where nothing is known.
export type TrafficHistory = With<Api.Traffic, { rx: (number | null)[]; tx: (number | null)[] }>;
export type TrafficSpan = TrafficHistory["span"];

export type Admin = Api.Admin;
export type Role = Admin["role"];
export type Passkey = Api.Passkey;
export type TotpSecret = Api.TotpSecret;
export type SignedIn = Api.Session; // an admin who is signed in somewhere
export type Token = Api.Token;
export type Setup = Api.Setup;
export type Session = Api.Caller; // who asks, and what that one may do
