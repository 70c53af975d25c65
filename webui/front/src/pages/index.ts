// SPDX-License-Identifier: GPL-2.0-or-later
// Which page is shown at which path. The first row that matches it is taken.
import type { FunctionComponent } from "preact";
import { match, type Parameters } from "../lib/router";
import type { Role } from "../lib/types";
import { AboutPage } from "./about/about";
import { AccountPage } from "./account/account";
import { AdminsPage } from "./admins/admins";
import { AuditPage } from "./audit/audit";
import { GetPage } from "./get/get";
import { InstancePage } from "./instance/instance";
import { InstanceAddPage } from "./instance-add/instance-add";
import { InstancesPage } from "./instances/instances";
import { OverviewPage } from "./overview/overview";
import { PeerPage } from "./peer/peer";
import { PeerAddPage } from "./peer-add/peer-add";
import { SessionsPage } from "./sessions/sessions";
import { BackupsPage } from "./settings/backups";
import { CertificatePage } from "./settings/certificate";
import { MachinePage } from "./settings/machine";
import { SettingsPage } from "./settings/settings";
import { TokensPage } from "./tokens/tokens";
import { UserPage } from "./user/user";
import { UsersPage } from "./users/users";

type PageComponent = FunctionComponent<any>;

export interface PageRow {
  path: string;
  component: PageComponent;
  role: Role; // who is shown it at all
  hub?: boolean; // not for rights that are limited to some instances
}

const pages: PageRow[] = [
  { path: "/", component: OverviewPage, role: "auditor" },
  { path: "/instances", component: InstancesPage, role: "auditor" },
  { path: "/instances/new", component: InstanceAddPage, role: "operator", hub: true },
  { path: "/instances/:instance/peers/new", component: PeerAddPage, role: "operator" },
  { path: "/instances/:instance/peers/:peer", component: PeerPage, role: "auditor" },
  { path: "/instances/:instance", component: InstancePage, role: "auditor" },
  { path: "/instances/:instance/:tab", component: InstancePage, role: "auditor" },
  { path: "/users", component: UsersPage, role: "auditor", hub: true },
  { path: "/users/:user", component: UserPage, role: "auditor", hub: true },
  { path: "/admins", component: AdminsPage, role: "owner" },
  { path: "/tokens", component: TokensPage, role: "auditor" },
  { path: "/sessions", component: SessionsPage, role: "auditor" },
  { path: "/account", component: AccountPage, role: "auditor" },
  { path: "/audit", component: AuditPage, role: "auditor" },
  { path: "/settings", component: SettingsPage, role: "auditor", hub: true },
  { path: "/settings/backups", component: BackupsPage, role: "auditor", hub: true },
  { path: "/settings/certificate", component: CertificatePage, role: "auditor", hub: true },
  { path: "/settings/machine", component: MachinePage, role: "auditor", hub: true },
  { path: "/about", component: AboutPage, role: "auditor" },
];

// For anybody, signed in or not.
const publicPages: PageRow[] = [{ path: "/get/:token", component: GetPage, role: "auditor" }];

export interface FoundPage {
  row: PageRow;
  parameters: Parameters;
}

function find(rows: PageRow[], path: string): FoundPage | null {
  for (const row of rows) {
    const parameters = match(row.path, path);
    if (parameters) return { row, parameters };
  }
  return null;
}

export function pageOf(path: string): FoundPage | null {
  return find(pages, path);
}

export function publicPageOf(path: string): { component: PageComponent; parameters: Parameters } | null {
  const found = find(publicPages, path);
  return found && { component: found.row.component, parameters: found.parameters };
}
