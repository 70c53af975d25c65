// SPDX-License-Identifier: GPL-2.0-or-later
// What a device needs: the QR code, files, and whether it has come in.
import { useEffect, useState } from "preact/hooks";
import { asProblem, get, type Problem } from "../lib/api";
import { hubText } from "../lib/hub-text";
import { t } from "../lib/i18n";
import { pathOf } from "../lib/router";
import { reloadBelow, useResource } from "../lib/resource";
import { may } from "../lib/session";
import type { Page, Peer, Profile, ProfileFormat } from "../lib/types";
import { formatName } from "./state";
import { Ago, Code, Empty, Facts, Note, ProblemNote, Segments, Tag, Waits } from "../ui/bits";
import { Button } from "../ui/button";
import { Qr } from "./qr";

function save(profile: Profile): void {
  const url = URL.createObjectURL(new Blob([profile.content], { type: profile.media_type }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = profile.file_name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

interface Loaded {
  profile: Profile | null;
  qr: string | null;
  problem: Problem | null;
}

async function read(path: string, format: ProfileFormat): Promise<Loaded> {
  try {
    const profile = await get<Profile>(path, { format: format.format });
    const qr = format.fits_qr ? (await get<Profile>(path, { format: format.format, qr: "svg", record: false })).content : null;
    return { profile, qr, problem: null };
  } catch (error) {
    return { profile: null, qr: null, problem: asProblem(error) };
  }
}

// Turns green by itself.
export function FirstHandshake({ peer }: { peer: Peer }) {
  if (!peer.enabled) return <Note>{t("handshake_disabled")}</Note>;
  if (peer.connected) {
    return (
      <Note tone="ok" live>
        <strong>{t("handshake_done")}</strong> {peer.connected_from && t("handshake_from", { from: peer.connected_from })}
      </Note>
    );
  }
  return (
    <div class="note" role="status">
      <span class="spinner note-spinner" aria-hidden="true" />
      <div class="grow">
        {t("handshake_waiting")} <span class="muted">{t("handshake_hint")}</span>
      </div>
    </div>
  );
}

function Steps({ peer, format }: { peer: Peer; format: ProfileFormat }) {
  const steps =
    format.format === "wg-quick" && peer.type === "client"
      ? [t("steps_wg_1"), t("steps_wg_2"), t("steps_wg_3")]
      : format.format === "ovpn"
        ? [t("steps_ovpn_1"), t("steps_ovpn_2")]
        : format.format.startsWith("routeros")
          ? [t("steps_ros_1"), t("steps_ros_2")]
          : [t("steps_file_1", { file: format.file_name }), t("steps_file_2", { command: `wg-quick up ./${format.file_name}` })];
  return (
    <ol class="numbered">
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}

// An app fetches the file by a link that is made for it: only when somebody asks for the code.
function LinkCode({ path, format, name }: { path: string; format: ProfileFormat; name: string }) {
  const [svg, setSvg] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    try {
      setSvg((await get<Profile>(path, { format: format.format, qr: "svg", record: false })).content);
      reloadBelow("/links");
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  if (problem) return <ProblemNote problem={problem} />;
  if (!svg) {
    return (
      <div class="stack-s">
        <div>
          <Button icon="qr" busy={busy} onClick={() => void make()}>
            {t("qr_make")}
          </Button>
        </div>
        <p class="muted small">{t("qr_by_link_text")}</p>
      </div>
    );
  }
  return (
    <figure class="qr-frame">
      <Qr svg={svg} label={t("qr_label", { name })} />
      <figcaption class="muted small">{t("qr_by_link_text")}</figcaption>
    </figure>
  );
}

function Shown({ peer, format, path }: { peer: Peer; format: ProfileFormat; path: string }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [text, setText] = useState(false);
  useEffect(() => {
    let current = true;
    setLoaded(null);
    void read(path, format).then((done) => current && setLoaded(done));
    return () => {
      current = false;
    };
  }, [path, format.format, peer.public_key, peer.updated_at]);
  if (!loaded) return <Waits what={t("waits_profile")} />;
  if (loaded.problem) return <ProblemNote problem={loaded.problem} />;
  const profile = loaded.profile;
  if (!profile) return null;
  return (
    <div class="profile">
      {loaded.qr && (
        <figure class="qr-frame">
          <Qr svg={loaded.qr} label={t("qr_label", { name: peer.name })} />
          <figcaption class="muted small">{t("qr_secret")}</figcaption>
        </figure>
      )}
      <div class="stack grow">
        <Steps peer={peer} format={format} />
        <div class="line">
          <Button kind="main" icon="download" onClick={() => save(profile)}>
            {t("download_file", { file: profile.file_name })}
          </Button>
          <Button onClick={() => setText(!text)}>{text ? t("hide_text") : t("show_text")}</Button>
        </div>
        {profile.warnings.map((warning) => (
          <Note key={warning} tone="warn">
            {hubText(warning)}
          </Note>
        ))}
        {format.qr_by_link && <LinkCode path={path} format={format} name={peer.name} />}
        {text && <Code text={profile.content} what={profile.file_name} />}
      </div>
    </div>
  );
}

// What was handed out so far; the profile itself when it is asked for: it holds a key, and a look at it is audited.
function Closed({ formats, onOpen }: { formats: ProfileFormat[]; onOpen: () => void }) {
  return (
    <div class="stack">
      <Facts items={formats.map((format) => [formatName(format), <span key={format.format}>{format.issued_at ? <>{t("profile_issued")} <Ago time={format.issued_at} /></> : t("profile_not_issued")} {format.stale && <Tag tone="warn">{t("stale")}</Tag>}</span>])} />
      <p class="muted">{t("profile_show_text")}</p>
      <div>
        <Button kind="main" icon="qr" onClick={onOpen}>
          {t("profile_show")}
        </Button>
      </div>
    </div>
  );
}

export function ProfilePanel({ peer, open: openFirst }: { peer: Peer; open: boolean }) {
  const [open, setOpen] = useState(openFirst);
  const path = pathOf("instances", peer.instance_id, "peers", peer.id);
  const formats = useResource<Page<ProfileFormat>>(may("operator") ? `${path}/profiles` : null);
  const [chosen, setChosen] = useState<string | null>(null);
  if (!may("operator")) return <Empty level={3} title={t("profile_not_yours")} text={t("profile_not_yours_text")} />;
  if (formats.problem && !formats.data) return <ProblemNote problem={formats.problem} onRetry={formats.reload} />;
  if (!formats.data) return <Waits what={t("waits_profile")} />;
  const items = formats.data.items;
  const format = items.find((each) => each.format === chosen) ?? items[0];
  if (!format) return <Empty level={3} title={t("profile_none")} />;
  if (!open) return <Closed formats={items} onOpen={() => setOpen(true)} />;
  return (
    <div class="stack">
      {items.length > 1 && (
        <div>
          <Segments label={t("profile_format")} value={format.format} options={items.map((each) => [each.format, formatName(each)])} onChange={setChosen} />
        </div>
      )}
      <Shown key={format.format} peer={peer} format={format} path={`${path}/profile`} />
    </div>
  );
}
