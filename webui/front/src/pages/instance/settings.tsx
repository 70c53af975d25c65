// SPDX-License-Identifier: GPL-2.0-or-later
import { t } from "../../lib/i18n";
import { navigate, pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Action, Change, Instance } from "../../lib/types";
import { askFor } from "../../ui/ask";
import { Card, Facts, Note } from "../../ui/bits";
import { Button } from "../../ui/button";
import { CheckField, given, ListField, problemsOf, SelectField, TextField } from "../../ui/form";
import type { TabProps } from "./instance";
import { PatchForm } from "./patch-form";

type Transports = "udp" | "tcp" | "both" | "none";

interface Draft {
  name: string;
  hostname: string;
  clientToClient: boolean;
  firewallDefault: Action;
  pushedRoutes: string[];
  mtu: string;
  openvpnTransports: Transports;
}

function transportsOf(instance: Instance): Transports {
  const { transports } = instance.openvpn;
  if (transports.length === 2) return "both";
  return transports[0] === "udp" || transports[0] === "tcp" ? transports[0] : "none";
}

function draftOf(instance: Instance): Draft {
  return {
    name: instance.name,
    hostname: instance.hostname,
    clientToClient: instance.client_to_client,
    firewallDefault: instance.firewall_default,
    pushedRoutes: instance.pushed_routes,
    mtu: String(instance.mtu),
    openvpnTransports: transportsOf(instance),
  };
}

function bodyOf(draft: Draft): Record<string, unknown> {
  return {
    name: draft.name.trim(),
    hostname: draft.hostname.trim(),
    client_to_client: draft.clientToClient,
    firewall_default: draft.firewallDefault,
    pushed_routes: given(draft.pushedRoutes),
    mtu: Number(draft.mtu) || 0,
    openvpn_transports: draft.openvpnTransports,
  };
}

// Who is connected by OpenVPN, and would be cut off: the servers start anew with another MTU, or end.
export function cutOff(instance: Instance, changes: Change[], transports: Transports): { n: number; back: boolean } {
  const back = changes.some((change) => change.field === "mtu");
  const isGone = (server: string) => transports === "none" || (transports !== "both" && server.startsWith("udp") !== (transports === "udp"));
  const cut = Object.entries(instance.openvpn.servers).filter(([server]) => back || (changes.length > 0 && isGone(server)));
  return { n: cut.reduce((sum, [, { connected }]) => sum + connected, 0), back };
}

function CutOffNote({ n, back }: { n: number; back: boolean }) {
  if (n === 0) return null;
  return (
    <Note tone="warn" live>
      {t(back ? "openvpn_reconnects" : "openvpn_cut_off", { n })}
    </Note>
  );
}

const fields = ["name", "hostname", "client_to_client", "firewall_default", "pushed_routes", "mtu", "openvpn_transports"];

async function remove(instance: Instance): Promise<void> {
  const done = await askFor<Instance>({
    title: t("instance_delete_title", { name: instance.name }),
    text: t("instance_delete_text", { n: instance.peers.total }),
    verb: t("delete"),
    danger: true,
    typed: instance.name,
    hideChanges: true,
    request: { method: "DELETE", path: pathOf("instances", instance.id) },
    said: t("instance_deleted", { name: instance.name }),
  });
  if (done) navigate("/instances");
}

export function SettingsTab({ instance, etag }: TabProps) {
  return (
    <div class="columns">
      <PatchForm instance={instance} etag={etag} title={t("tab_settings")} draftOf={draftOf} bodyOf={bodyOf} fields={fields}>
        {({ draft, change, problem, changes }) => (
          <>
            <TextField label={t("instance_name")} value={draft.name} required onInput={(name) => change({ name })} wrong={problemsOf(problem, "name")} onWould={(name) => change({ name })} />
            <TextField
              label={t("instance_hostname")}
              hint={t("hostname_change_hint")}
              value={draft.hostname}
              mono
              required
              onInput={(hostname) => change({ hostname })}
              wrong={problemsOf(problem, "hostname")}
              onWould={(hostname) => change({ hostname })}
            />
            <SelectField
              label={t("firewall_default")}
              hint={t("firewall_default_hint")}
              value={draft.firewallDefault}
              onChange={(firewallDefault) => change({ firewallDefault })}
              options={[
                ["allow", t("default_allow")],
                ["deny", t("default_deny")],
              ]}
            />
            <CheckField label={t("field_client_to_client")} hint={t("client_to_client_hint")} checked={draft.clientToClient} onChange={(clientToClient) => change({ clientToClient })} />
            <ListField
              field="pushed_routes"
              label={t("field_pushed_routes")}
              hint={t("pushed_hint")}
              optional
              values={draft.pushedRoutes}
              onChange={(pushedRoutes) => change({ pushedRoutes })}
              wrong={problemsOf(problem, "pushed_routes")}
              placeholder="203.0.113.0/24"
              itemName={t("network")}
              addLabel={t("add_network")}
            />
            <SelectField
              label={t("field_openvpn_transports")}
              hint={t("transports_hint")}
              value={draft.openvpnTransports}
              onChange={(openvpnTransports) => change({ openvpnTransports })}
              wrong={problemsOf(problem, "openvpn_transports")}
              options={[
                ["both", t("transports_both")],
                ["udp", t("transports_udp")],
                ["tcp", t("transports_tcp")],
                ["none", t("transports_none")],
              ]}
            />
            <TextField label={t("field_mtu")} hint={t("mtu_hint")} narrow inputMode="numeric" value={draft.mtu} onInput={(mtu) => change({ mtu })} wrong={problemsOf(problem, "mtu")} />
            <CutOffNote {...cutOff(instance, changes, draft.openvpnTransports)} />
          </>
        )}
      </PatchForm>
      <div class="stack">
        <Card title={t("fixed")}>
          <Facts
            items={[
              [t("field_id"), <code key="i">{instance.id}</code>],
              [t("field_networks"), <code key="n">{instance.networks.join(", ")}</code>],
              [t("field_region"), instance.region],
            ]}
          />
        </Card>
        {may("operator") && (
          <Card title={t("instance_delete")}>
            <div class="stack">
              <p class="second">{t("instance_delete_hint")}</p>
              <div>
                <Button kind="danger" icon="trash" onClick={() => void remove(instance)}>
                  {t("instance_delete")}
                </Button>
              </div>
            </div>
          </Card>
        )}
      </div>
    </div>
  );
}
