// SPDX-License-Identifier: GPL-2.0-or-later
// A new instance: a name does, the rest is chosen by the hub unless said otherwise.
import { useRef, useState } from "preact/hooks";
import { ask, asProblem, makeKey, type Problem, type Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { reloadBelow } from "../../lib/resource";
import { navigate, pathOf } from "../../lib/router";
import type { Action, Instance } from "../../lib/types";
import { Page } from "../../shell/page";
import { emptyInstance, type InstanceDraft, instanceBody, InstanceNameFields } from "../../things/instance-fields";
import { Card, Facts, ProblemNote } from "../../ui/bits";
import { Button, LinkButton } from "../../ui/button";
import { CheckField, Choices, given, hasOther, ListField, problemsOf, TextField, useDryRun } from "../../ui/form";
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

export function InstanceAddPage() {
  const [draft, setDraft] = useState<Draft>({ ...emptyInstance, networks: [], firewall: "allow", clientToClient: false, mtu: "" });
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(makeKey());
  const request = requestOf(draft);
  const judged = useDryRun<Instance>(request);
  const problem = refused ?? judged.problem;
  const change = (part: Partial<Draft>) => {
    key.current = makeKey();
    setRefused(null);
    setDraft({ ...draft, ...part });
  };

  const add = async () => {
    if (!request) return;
    setBusy(true);
    try {
      const { body } = await ask<Instance>({ ...request, key: key.current });
      toast(t("instance_added", { name: body.name }));
      reloadBelow("/instances");
      navigate(pathOf("instances", body.id));
    } catch (error) {
      setRefused(asProblem(error));
      setBusy(false);
    }
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
                  wrong={problemsOf(problem, "networks")}
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
                  wrong={problemsOf(problem, "mtu")}
                />
              </div>
            </details>
            {problem && hasOther(problem, ["name", "hostname", "networks", "mtu"]) && <ProblemNote problem={problem} />}
          </div>
          <div class="card-foot">
            <LinkButton href="/instances">{t("cancel")}</LinkButton>
            <Button kind="main" submit busy={busy} disabled={!judged.plan && !refused}>
              {t("instance_add")}
            </Button>
          </div>
        </form>
        <Plan would={judged.plan?.would ?? null} />
      </div>
    </Page>
  );
}
