// SPDX-License-Identifier: GPL-2.0-or-later
// A new device or site: plain words, the hub's own judgement of each field, then its profile.
import { t } from "../../lib/i18n";
import { reloadBelow, useResource } from "../../lib/resource";
import { navigate, pathOf, place } from "../../lib/router";
import type { Instance, Peer, PeerType } from "../../lib/types";
import { Page } from "../../shell/page";
import { emptyPeer, ExpiryField, MorePeerFields, type PeerDraft, peerFields, PeerNameField, peerRequest, PeerTypeField, ProtocolField, SubnetsField, TunnelField } from "../../things/peer-fields";
import { Card, Facts } from "../../ui/bits";
import { Button, LinkButton } from "../../ui/button";
import { EditorEnd, useEditor } from "../../ui/editor";
import { toast } from "../../ui/toast";

function Plan({ would, draft }: { would: Peer | null; draft: PeerDraft }) {
  return (
    <Card title={t("plan_title")}>
      {would ? (
        <Facts
          items={[
            [t("field_addresses"), <code key="a">{would.addresses.join(", ")}</code>],
            [t("field_dns_name"), <code key="d">{would.dns_name ?? "–"}</code>],
            ...(would.subnets.length > 0 ? ([[t("seen_as"), <code key="s">{would.subnets.join(", ")}</code>]] as [string, preact.ComponentChildren][]) : []),
            [t("keys"), would.private_key_held ? t("keys_hub") : t("keys_device")],
            [t("ways"), draft.type === "site" ? t("ways_site") : draft.routeAll ? t("ways_full") : t("ways_split")],
          ]}
        />
      ) : (
        <p class="muted">{t("plan_empty")}</p>
      )}
    </Card>
  );
}

function wantedType(): PeerType {
  return place.get().query.get("type") === "site" ? "site" : "client";
}

export function PeerAddPage({ instance: id }: { instance: string }) {
  const instance = useResource<Instance>(pathOf("instances", id));
  const editor = useEditor<PeerDraft, Peer>(
    () => ({ ...emptyPeer, type: wantedType() }),
    (next) => peerRequest(id, next),
  );
  const { draft, change, judged, problem, wrong, force, ready, busy } = editor;
  const add = async () => {
    const made = await editor.save();
    if (!made) return;
    toast(t("peer_added", { name: made.name }));
    reloadBelow(pathOf("instances", id));
    navigate(`${pathOf("instances", made.instance_id, "peers", made.id)}?new=1`);
  };
  const props = { draft, onChange: change, problem };
  const name = instance.data?.name ?? "…";
  return (
    <Page
      title={t("peer_add")}
      lead={t("peer_add_lead", { name })}
      crumbs={[
        { text: t("nav_instances"), href: "/instances" },
        { text: name, href: pathOf("instances", id) },
        { text: t("tab_peers"), href: pathOf("instances", id, "peers") },
      ]}
    >
      <div class="columns">
        <form
          class="card"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <div class="card-body form">
            <PeerTypeField {...props} />
            <PeerNameField {...props} autofocus />
            {draft.type === "site" ? <SubnetsField {...props} /> : <TunnelField {...props} />}
            <ProtocolField {...props} />
            <ExpiryField value={draft.expires} onChange={(expires) => change({ expires })} wrong={wrong("expires_in")} />
            <MorePeerFields {...props} />
            <EditorEnd editor={editor} fields={peerFields} />
          </div>
          <div class="card-foot">
            <LinkButton href={pathOf("instances", id, "peers")}>{t("cancel")}</LinkButton>
            <Button kind={force ? "danger" : "main"} submit busy={busy} disabled={!ready && !busy}>
              {force ? t("all_the_same", { verb: t("add") }) : t("peer_add_do")}
            </Button>
          </div>
        </form>
        <Plan would={judged.plan?.would ?? null} draft={draft} />
      </div>
    </Page>
  );
}
