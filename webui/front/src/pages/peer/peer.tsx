// SPDX-License-Identifier: GPL-2.0-or-later
// One peer: how it is, its profile, what can be done with it.
import { formatBytes } from "../../lib/format";
import { hubText } from "../../lib/hub-text";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { navigate, pathOf, place } from "../../lib/router";
import { may } from "../../lib/session";
import type { Instance, Peer } from "../../lib/types";
import { Page } from "../../shell/page";
import { LinksCard } from "../../things/links";
import { FirstHandshake, ProfilePanel } from "../../things/profile-panel";
import { PeerDot, protocolName } from "../../things/state";
import { TrafficCard } from "../../things/traffic";
import { Ago, Card, CopyValue, Empty, Facts, Figure, Jointed, Note, ProblemNote, Tag, Waits } from "../../ui/bits";
import { Button, LinkButton } from "../../ui/button";
import { Menu, type MenuItem } from "../../ui/menu";
import { deletePeer, disablePeer, enablePeer, forgetKey, rekeyPeer } from "./actions";
import { PeerEdit } from "./edit";
import { useState } from "preact/hooks";

type FactList = [string, preact.ComponentChildren][];

function when(condition: unknown, name: string, value: preact.ComponentChildren): FactList {
  return condition ? [[name, value]] : [];
}

function Details({ peer }: { peer: Peer }) {
  const items: FactList = [
    [t("type"), t(peer.type === "site" ? "type_site" : "type_client")],
    [t("protocol"), protocolName(peer.protocol)],
    ...when(peer.login === "password", t("field_login"), t("login_password")),
    [t("field_addresses"), <span key="a" class="stack-s">{peer.addresses.map((address) => <CopyValue key={address} text={address} what={t("address")} />)}</span>],
    ...when(peer.dns_name, t("field_dns_name"), <code><Jointed text={peer.dns_name ?? ""} /></code>),
    ...when(
      peer.type === "site",
      t("field_subnets"),
      <span class="stack-s">
        {peer.subnets.map((subnet) => {
          const mapped = peer.mapped.find((each) => each.mapped === subnet);
          return <code key={subnet}>{mapped ? `${mapped.real} → ${subnet}` : subnet}</code>;
        })}
        {peer.subnets.length === 0 && t("value_none")}
      </span>,
    ),
    ...when(peer.type === "client", t("ways"), t(peer.route_all ? "tunnel_full" : "tunnel_split")),
    ...when(peer.user, t("field_user"), <a href={pathOf("users", peer.user_id ?? "")}>{peer.user}</a>),
    ...when(peer.user_groups.length, t("field_user_groups"), <span class="line">{peer.user_groups.map((group) => <Tag key={group}>{group}</Tag>)}</span>),
    ...when(peer.groups.length, t("field_groups"), <span class="line">{peer.groups.map((group) => <Tag key={group}>{group}</Tag>)}</span>),
    [t("expires"), peer.expires_at ? <Ago key="e" time={peer.expires_at} /> : t("never_expires")],
    ...when(peer.certificate, t("certificate_until"), <Ago time={peer.certificate?.expires_at ?? null} />),
    ...when(peer.public_key, t("public_key"), <CopyValue text={peer.public_key ?? ""} what={t("public_key")} />),
    ...when(peer.protocol === "wireguard", t("keys"), t(peer.private_key_held ? "keys_hub" : "keys_device")),
    [t("created"), <Ago key="c" time={peer.created_at} />],
  ];
  return <Facts items={items} />;
}

function menuOf(peer: Peer, onEdit: () => void): MenuItem[] {
  const items: MenuItem[] = [{ label: t("edit"), icon: "edit", onClick: onEdit }];
  items.push({ label: t("rekey"), icon: "key", onClick: () => void rekeyPeer(peer) });
  if (peer.private_key_held && peer.protocol === "wireguard") items.push({ label: t("forget_key"), icon: "lock", onClick: () => void forgetKey(peer) });
  items.push({ label: t("peer_delete"), icon: "trash", danger: true, onClick: () => void deletePeer(peer).then((done) => done && navigate(pathOf("instances", peer.instance_id, "peers"))) });
  return items;
}

function Actions({ peer, onEdit }: { peer: Peer; onEdit: () => void }) {
  return (
    <>
      <LinkButton icon="activity" href={`${pathOf("instances", peer.instance_id, "explain")}?from=${encodeURIComponent(peer.name)}`}>
        {t("explain_from_here")}
      </LinkButton>
      {may("operator") && (
        <>
          {peer.enabled ? (
            <Button icon="power" onClick={() => void disablePeer(peer)}>
              {t("disable")}
            </Button>
          ) : (
            <Button kind="main" icon="power" onClick={() => void enablePeer(peer)}>
              {t("enable")}
            </Button>
          )}
          <Menu label={t("more_actions")} items={menuOf(peer, onEdit)} />
        </>
      )}
    </>
  );
}

function Notes({ peer }: { peer: Peer }) {
  return (
    <>
      {peer.disabled_with_user && <Note tone="warn">{t("peer_disabled_with_user", { name: peer.user ?? "" })}</Note>}
      {peer.expired && <Note tone="warn">{t("peer_expired_text")}</Note>}
      {peer.enabled && peer.profile_stale && (
        <Note tone="warn">
          <strong>{t("stale_title")}</strong> {peer.profile_stale_reasons.map(hubText).join("; ")}
        </Note>
      )}
      {peer.pending
        .filter((each) => each.reason)
        .map((each) => (
          <Note key={each.step} tone="warn" live>
            {hubText(each.title)}: {hubText(each.reason ?? "")}
          </Note>
        ))}
    </>
  );
}

export function PeerPage({ instance: instanceId, peer: id }: { instance: string; peer: string }) {
  const path = pathOf("instances", instanceId, "peers", id);
  const shown = useResource<Peer>(path, { on: (event) => event.peer_id === id, every: 3000 });
  const instance = useResource<Instance>(pathOf("instances", instanceId));
  const [editing, setEditing] = useState(false);
  const isNew = place.get().query.has("new");
  const crumbs = [
    { text: t("nav_instances"), href: "/instances" },
    { text: instance.data?.name ?? "…", href: pathOf("instances", instanceId) },
    { text: t("tab_peers"), href: pathOf("instances", instanceId, "peers") },
  ];
  const peer = shown.data;
  if (!peer) {
    const gone = shown.problem?.status === 404;
    return (
      <Page title={gone ? t("peer_gone") : t("peer")} crumbs={crumbs}>
        <div class="card">
          {gone ? (
            <Empty title={t("peer_gone")} text={t("peer_gone_text")}>
              <LinkButton href={pathOf("instances", instanceId, "peers")}>{t("to_peers")}</LinkButton>
            </Empty>
          ) : shown.problem ? (
            <ProblemNote problem={shown.problem} onRetry={shown.reload} />
          ) : (
            <Waits what={t("waits_peer")} />
          )}
        </div>
      </Page>
    );
  }
  return (
    <Page title={peer.name} crumbs={crumbs} beside={<PeerDot peer={peer} />} actions={<Actions peer={peer} onEdit={() => setEditing(true)} />}>
      <Notes peer={peer} />
      {(isNew || peer.last_seen === null) && <FirstHandshake peer={peer} />}
      {!isNew && (
        <dl class="figures">
          <Figure name={t("last_handshake")} value={<Ago time={peer.last_handshake} />} />
          <Figure name={t("connected_from")} value={<span class="figure-text"><Jointed text={peer.connected_from ?? "–"} /></span>} />
          <Figure name={t("received")} value={formatBytes(peer.rx_bytes)} />
          <Figure name={t("sent")} value={formatBytes(peer.tx_bytes)} />
        </dl>
      )}
      <div class="columns">
        <div class="stack-l">
          <Card title={t("profile")}>
            <ProfilePanel peer={peer} open={isNew} />
          </Card>
          <LinksCard peer={peer} />
        </div>
        <Card title={t("details")}>
          <Details peer={peer} />
        </Card>
      </div>
      <TrafficCard instance={peer.instance_id} peer={peer.id} />
      {editing && <PeerEdit peer={peer} etag={shown.etag} onClose={() => setEditing(false)} />}
    </Page>
  );
}
