// SPDX-License-Identifier: GPL-2.0-or-later
// A new instance: a name does, the rest is chosen by the hub unless said otherwise.
import type { Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { reloadBelow } from "../../lib/resource";
import { navigate, pathOf } from "../../lib/router";
import type { Action, Instance } from "../../lib/types";
import { Page } from "../../shell/page";
import { emptyInstance, type InstanceDraft, instanceBody, InstanceNameFields } from "../../things/instance-fields";
import { Card, Facts } from "../../ui/bits";
import { Button, LinkButton } from "../../ui/button";
import { EditorEnd, useEditor } from "../../ui/editor";
import { CheckField, Choices, given, ListField, TextField } from "../../ui/form";
import { toast } from "../../ui/toast";

interface Draft extends InstanceDraft {
  networks: string[];
  firewall: Action;
  clientToClient: boolean;
  mtu: string;
}

function requestOf(draft: Draft): Request | null {
  if (!draft.name.trim()) return null;
  const networks = given(draft.networks);
  return {
    method: "POST",
    path: "/instances",
    body: {
      ...instanceBody(draft),
      firewall_default: draft.firewall,
      client_to_client: draft.clientToClient,
      ...(networks.length > 0 && { networks }),
      ...(draft.mtu.trim() && { mtu: Number(draft.mtu) }),
    },
  };
}

function Plan({ would }: { would: Instance | null }) {
  return (
    <Card title={t("plan_title")}>
      {would ? (
        <Facts
          items={[
            [t("field_networks"), <code key="n">{would.networks.join(", ")}</code>],
            [t("hub_address"), <code key="h">{would.hub_addresses.join(", ")}</code>],
            [t("wireguard_port"), <code key="p">{would.wireguard.port}</code>],
            [t("names_below"), <code key="d">{would.dns_domain}</code>],
          ]}
        />
      ) : (
        <p class="muted">{t("plan_empty")}</p>
      )}
    </Card>
  );
}

const empty: Draft = { ...emptyInstance, networks: [], firewall: "allow", clientToClient: false, mtu: "" };
const fields = ["name", "hostname", "networks", "mtu"];

export function InstanceAddPage() {
  const editor = useEditor<Draft, Instance>(empty, requestOf);
  const { draft, change, judged, problem, wrong, ready, busy } = editor;
  const add = async () => {
    const made = await editor.save();
    if (!made) return;
    toast(t("instance_added", { name: made.name }));
    reloadBelow("/instances");
    navigate(pathOf("instances", made.id));
  };
  return (
    <Page title={t("instance_add")} lead={t("instance_add_lead")} crumbs={[{ text: t("nav_instances"), href: "/instances" }]}>
      <div class="columns">
        <form
          class="card"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <div class="card-body form">
            <InstanceNameFields draft={draft} onChange={change} problem={problem} would={judged.plan?.would ?? null} />
            <Choices
              label={t("firewall_default")}
              value={draft.firewall}
              onChange={(firewall) => change({ firewall })}
              choices={[
                { value: "allow", title: t("default_allow"), text: t("default_allow_text") },
                { value: "deny", title: t("default_deny"), text: t("default_deny_text") },
              ]}
            />
            <details class="more">
              <summary>{t("more_options")}</summary>
              <div class="form">
                <ListField
                  field="networks"
                  label={t("field_networks")}
                  hint={t("networks_hint")}
                  optional
                  values={draft.networks}
                  onChange={(networks) => change({ networks })}
                  wrong={wrong("networks")}
                  placeholder="10.66.7.0/24"
                  itemName={t("network")}
                  addLabel={t("add_network")}
                />
                <CheckField
                  label={t("field_client_to_client")}
                  hint={t("client_to_client_hint")}
                  checked={draft.clientToClient}
                  onChange={(clientToClient) => change({ clientToClient })}
                />
                <TextField
                  label={t("field_mtu")}
                  hint={t("mtu_hint")}
                  optional
                  narrow
                  inputMode="numeric"
                  value={draft.mtu}
                  onInput={(mtu) => change({ mtu })}
                  wrong={wrong("mtu")}
                />
              </div>
            </details>
            <EditorEnd editor={editor} fields={fields} />
          </div>
          <div class="card-foot">
            <LinkButton href="/instances">{t("cancel")}</LinkButton>
            <Button kind="main" submit busy={busy} disabled={!ready && !busy}>
              {t("instance_add")}
            </Button>
          </div>
        </form>
        <Plan would={judged.plan?.would ?? null} />
      </div>
    </Page>
  );
}
