// SPDX-License-Identifier: GPL-2.0-or-later
// What runs here: versions, processes and the sandbox that each really has, licences.
import { formatBytes, formatNumber, formatSpan, formatTime } from "../../lib/format";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import type { RoleStatus, Status } from "../../lib/types";
import { Page } from "../../shell/page";
import { Card, Facts, Note, ProblemNote, Tag, Waits } from "../../ui/bits";

function Roles({ roles }: { roles: RoleStatus[] }) {
  return (
    <ul class="rows">
      {roles.map((role) => (
        <li key={role.pid} class="role">
          <div class="grow">
            <div class="line">
              <strong>{role.name}</strong>
              {role.instance_id && <a href={pathOf("instances", role.instance_id)}>{role.instance ?? role.instance_id}</a>}
              {role.restarts > 0 && <Tag tone="warn">{t("restarts", { n: role.restarts })}</Tag>}
            </div>
            <p class="muted small break">{role.sandbox?.text ?? t("sandbox_unknown")}</p>
          </div>
          <span class="muted small nowrap">{t("process", { pid: String(role.pid) })}</span>
        </li>
      ))}
    </ul>
  );
}

// What it is made of; all of the hub's libraries are Debian's packages.
export const parts: [string, string][] = [
  ["Warren", "GPL-2.0-or-later"],
  ["Preact", "MIT"],
  ["uPlot", "MIT"],
  ["WireGuard", "GPL-2.0"],
  ["wireguard-go", "MIT"],
  ["embeddable-wg-library", "LGPL-2.1-or-later"],
  ["OpenVPN", "GPL-2.0"],
  ["nftables", "GPL-2.0"],
  ["dnsmasq", "GPL-2.0-or-later"],
  ["uacme", "GPL-3.0-or-later"],
  ["SQLite", "Public Domain"],
  ["GnuTLS", "LGPL-2.1-or-later"],
  ["nettle", "LGPL-3.0-or-later"],
  ["libsodium", "ISC"],
  ["libsystemd", "LGPL-2.1-or-later"],
  ["libmnl", "LGPL-2.1-or-later"],
  ["libseccomp", "LGPL-2.1"],
  ["libcap-ng", "LGPL-2.1-or-later"],
  ["libqrencode", "LGPL-2.1-or-later"],
  ["libpng", "libpng-2.0"],
  ["inih", "BSD-3-Clause"],
  ["jansson", "MIT"],
  ["libzstd", "BSD-3-Clause"],
];

export function AboutPage() {
  const status = useResource<Status>("/status", { every: 10000 });
  const hub = status.data;
  return (
    <Page title={t("nav_about")}>
      {!hub && status.problem && <ProblemNote problem={status.problem} onRetry={status.reload} />}
      {!hub && !status.problem && (
        <div class="card">
          <Waits what={t("waits_hub")} />
        </div>
      )}
      {hub && (
        <>
          <div class="halves">
            <Card title={t("hub")}>
              <Facts
                items={[
                  [t("version"), hub.version],
                  [t("field_region"), hub.region],
                  [t("field_public_name"), <code key="p">{hub.public_name ?? "–"}</code>],
                  [t("hub_up"), formatSpan(hub.uptime)],
                  [t("started"), formatTime(hub.started_at)],
                  [t("wireguard_by"), hub.backend ? t(hub.backend === "kernel" ? "backend_kernel" : "backend_userspace") : "–"],
                ]}
              />
            </Card>
            <Card title={t("store")}>
              <Facts
                items={[
                  [t("size"), formatBytes(hub.store.bytes)],
                  [t("schema"), String(hub.store.schema_version)],
                  [t("commits"), formatNumber(hub.store.commits)],
                  [t("directory"), <code key="d">{hub.store.directory}</code>],
                ]}
              />
            </Card>
          </div>
          <Card title={t("processes")} bare>
            {hub.roles_problem && (
              <div class="card-body">
                <Note tone="bad">{hub.roles_problem}</Note>
              </div>
            )}
            <Roles roles={hub.roles} />
          </Card>
          <Card title={t("licences")}>
            <dl class="facts licences">
              {parts.map(([name, licence]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{licence}</dd>])}
            </dl>
          </Card>
        </>
      )}
    </Page>
  );
}
