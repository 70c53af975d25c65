// SPDX-License-Identifier: GPL-2.0-or-later
// Names: whom the hub asks, names of one's own, servers behind a site.
import { t } from "../../lib/i18n";
import type { Instance } from "../../lib/types";
import { Card, Code, Facts, Note } from "../../ui/bits";
import { Choices, given, ListField, problemsOf } from "../../ui/form";
import type { TabProps } from "./instance";
import { PatchForm } from "./patch-form";

type Servers = "hub" | "own" | "none";

interface Draft {
  servers: Servers;
  publicDns: string[];
  dnsCustom: string[];
  splitDns: string[];
  domains: string[];
}

function draftOf(instance: Instance): Draft {
  return {
    servers: instance.public_dns === null ? "hub" : instance.public_dns.length ? "own" : "none",
    publicDns: instance.public_dns ?? [],
    dnsCustom: instance.dns_custom,
    splitDns: instance.split_dns,
    domains: instance.domains,
  };
}

function bodyOf(draft: Draft): Record<string, unknown> {
  return {
    public_dns: draft.servers === "hub" ? null : draft.servers === "none" ? [] : given(draft.publicDns),
    dns_custom: given(draft.dnsCustom),
    split_dns: given(draft.splitDns),
    domains: given(draft.domains),
  };
}

export function DnsTab({ instance, etag }: TabProps) {
  return (
    <div class="columns">
      <PatchForm instance={instance} etag={etag} title={t("tab_dns")} draftOf={draftOf} bodyOf={bodyOf} fields={["public_dns", "dns_custom", "split_dns", "domains"]}>
        {({ draft, change, problem }) => (
          <>
            <Choices
              label={t("dns_servers")}
              value={draft.servers}
              onChange={(servers) => change({ servers })}
              choices={[
                { value: "hub", title: t("dns_hub"), text: t("dns_hub_text") },
                { value: "own", title: t("dns_own"), text: t("dns_own_text") },
                { value: "none", title: t("dns_none"), text: t("dns_none_text") },
              ]}
            />
            {draft.servers === "own" && (
              <ListField
                field="public_dns"
                label={t("field_public_dns")}
                values={draft.publicDns}
                onChange={(publicDns) => change({ publicDns })}
                wrong={problemsOf(problem, "public_dns")}
                placeholder="9.9.9.9"
                itemName={t("server")}
                addLabel={t("add_server")}
              />
            )}
            <ListField
              field="dns_custom"
              label={t("field_dns_custom")}
              hint={t("dns_custom_hint")}
              optional
              values={draft.dnsCustom}
              onChange={(dnsCustom) => change({ dnsCustom })}
              wrong={problemsOf(problem, "dns_custom")}
              placeholder="nas=192.168.88.9"
              itemName={t("dns_record")}
              addLabel={t("add_record")}
            />
            <ListField
              field="split_dns"
              label={t("field_split_dns")}
              hint={t("split_dns_hint")}
              optional
              values={draft.splitDns}
              onChange={(splitDns) => change({ splitDns })}
              wrong={problemsOf(problem, "split_dns")}
              placeholder="corp.example=192.168.88.53"
              itemName={t("domain")}
              addLabel={t("add_domain")}
            />
            <ListField
              field="domains"
              label={t("field_domains")}
              hint={t("domains_hint")}
              optional
              values={draft.domains}
              onChange={(domains) => change({ domains })}
              wrong={problemsOf(problem, "domains")}
              placeholder="corp.example"
              itemName={t("domain")}
              addLabel={t("add_domain")}
            />
          </>
        )}
      </PatchForm>
      <div class="stack">
        <Card title={t("dns_how")}>
          <div class="stack">
            <Facts
              items={[
                [t("names_below"), <code key="d">{instance.dns_domain}</code>],
                [t("resolver"), <code key="r">{instance.hub_addresses.join(", ")}</code>],
              ]}
            />
            <p class="second">{t("dns_how_text")}</p>
            <Code text={`dig @${instance.hub_addresses[0] ?? ""} hub.${instance.dns_domain}`} what={t("command")} wrap />
          </div>
        </Card>
        {!instance.ready.dns_ready && (
          <Note tone="warn" live>
            {instance.pending.find((each) => each.step === "dns_ready")?.reason ?? t("dns_not_ready")}
          </Note>
        )}
      </div>
    </div>
  );
}
