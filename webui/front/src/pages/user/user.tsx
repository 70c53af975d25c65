// SPDX-License-Identifier: GPL-2.0-or-later
// One person: the devices, wherever they are, and what can be done with all of them.
import { useState } from "preact/hooks";
import { formatBytes } from "../../lib/format";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { navigate, pathOf } from "../../lib/router";
import { mayHub } from "../../lib/session";
import type { Page as List, Peer, User } from "../../lib/types";
import { Page } from "../../shell/page";
import { PeerDot, protocolName } from "../../things/state";
import { UserDialog } from "../../things/user-fields";
import { Ago, Card, Empty, Facts, Figure, Note, ProblemNote, Tag, Waits } from "../../ui/bits";
import { Button, LinkButton } from "../../ui/button";
import { Menu } from "../../ui/menu";
import { UserDot } from "../users/users";
import { disableUser, enableUser } from "./actions";
import { UserDelete } from "./delete";

type Owned = Peer & { instance: string };

function Devices({ peers }: { peers: Owned[] }) {
  return (
    <ul class="rows">
      {peers.map((peer) => (
        <li key={peer.id}>
          <div class="grow">
            <a class="row-link" href={pathOf("instances", peer.instance_id, "peers", peer.id)}>
              {peer.name}
            </a>
            <p class="muted small cut">
              {peer.instance} · {protocolName(peer.protocol)} · {peer.addresses[0]}
            </p>
          </div>
          <span class="small nowrap second wide-only">
            {formatBytes(peer.rx_bytes)} / {formatBytes(peer.tx_bytes)}
          </span>
          <span class="small state-cell">
            <PeerDot peer={peer} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Details({ user }: { user: User }) {
  return (
    <Facts
      items={[
        [t("user_mail"), user.email ? <a key="m" href={`mailto:${user.email}`}>{user.email}</a> : t("value_none")],
        [
          t("field_groups"),
          user.groups.length > 0 ? (
            <span key="g" class="line">
              {user.groups.map((group) => (
                <Tag key={group}>{group}</Tag>
              ))}
            </span>
          ) : (
            t("value_none")
          ),
        ],
        [t("user_note"), user.note ?? t("value_none")],
        [t("created"), <Ago key="c" time={user.created_at} />],
      ]}
    />
  );
}

export function UserPage({ user: id }: { user: string }) {
  const path = pathOf("users", id);
  const shown = useResource<User>(path, { on: (event) => /^(user|peer)\./.test(event.kind), every: 5000 });
  const peers = useResource<List<Owned>>(`${path}/peers?limit=1000`, { on: (event) => /^(user|peer)\./.test(event.kind), every: 5000 });
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const crumbs = [{ text: t("nav_users"), href: "/users" }];
  const user = shown.data;
  if (!user) {
    const gone = shown.problem?.status === 404;
    return (
      <Page title={gone ? t("user_gone") : t("field_user")} crumbs={crumbs}>
        <div class="card">
          {gone ? (
            <Empty title={t("user_gone")} text={t("user_gone_text")}>
              <LinkButton href="/users">{t("to_users")}</LinkButton>
            </Empty>
          ) : shown.problem ? (
            <ProblemNote problem={shown.problem} onRetry={shown.reload} />
          ) : (
            <Waits what={t("waits_user")} />
          )}
        </div>
      </Page>
    );
  }
  const actions = mayHub("operator") && (
    <>
      {user.enabled ? (
        <Button icon="power" onClick={() => void disableUser(user)}>
          {t("disable")}
        </Button>
      ) : (
        <Button kind="main" icon="power" onClick={() => void enableUser(user)}>
          {t("enable")}
        </Button>
      )}
      <Menu
        label={t("more_actions")}
        items={[
          { label: t("edit"), icon: "edit", onClick: () => setEditing(true) },
          { label: t("user_delete"), icon: "trash", danger: true, onClick: () => setDeleting(true) },
        ]}
      />
    </>
  );
  const items = peers.data?.items ?? [];
  return (
    <Page title={user.name} crumbs={crumbs} beside={<UserDot user={user} />} actions={actions}>
      {!user.enabled && <Note tone="warn">{t("user_disabled_text")}</Note>}
      <dl class="figures">
        <Figure name={t("user_devices")} value={user.peers.total} />
        <Figure name={t("field_enabled")} value={user.peers.enabled} />
        <Figure name={t("peers_connected")} value={user.peers.connected} />
      </dl>
      <div class="columns">
        <Card title={t("user_devices")} bare>
          {peers.problem && !peers.data && <ProblemNote problem={peers.problem} onRetry={peers.reload} />}
          {!peers.data && !peers.problem && <Waits what={t("waits_peers")} />}
          {peers.data && items.length === 0 && <Empty level={3} title={t("user_devices_none")} text={t("user_devices_none_text")} />}
          {items.length > 0 && <Devices peers={items} />}
        </Card>
        <Card title={t("details")}>
          <Details user={user} />
        </Card>
      </div>
      {editing && <UserDialog user={user} etag={shown.etag} onClose={() => setEditing(false)} />}
      {deleting && <UserDelete user={user} onClose={() => setDeleting(false)} onDone={() => navigate("/users")} />}
    </Page>
  );
}
