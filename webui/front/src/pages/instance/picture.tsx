// SPDX-License-Identifier: GPL-2.0-or-later
// The instance, drawn: each box is a link to its peer, each wire shows whether it is connected and how much flows.
import { useEffect, useRef, useState } from "preact/hooks";
import { formatRate } from "../../lib/format";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import type { Instance, Peer } from "../../lib/types";
import type { Rate } from "../../things/peers";
import { peerState, peerStateText } from "../../things/state";
import { type Box, type Plan, planOf, wireOf, wireWidth } from "./picture-plan";

interface PictureProps {
  instance: Instance;
  peers: Peer[];
  rates: Map<string, Rate>;
}

// So many letters fit; the rest is told by the link's name.
function cut(text: string, width: number, perLetter: number): string {
  const most = Math.floor(width / perLetter);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function Wire({ plan, box, rate }: { plan: Plan; box: Box; rate: Rate | undefined }) {
  const flow = rate ? rate.rx + rate.tx : 0;
  return (
    <path
      class="wire"
      data-state={peerState(box.peer)}
      data-flows={flow > 50}
      d={wireOf(plan, box)}
      stroke-width={box.peer.connected ? wireWidth(flow) : 1.5}
    />
  );
}

function PeerBox({ box, rate }: { box: Box; rate: Rate | undefined }) {
  const { peer, width, height } = box;
  const flow = rate && rate.rx + rate.tx > 50 ? formatRate(rate.rx + rate.tx) : "";
  const inside = width - 24;
  const about = [peer.name, t(peer.type === "site" ? "type_site" : "type_client"), peerStateText(peer)].join(", ");
  return (
    <a href={pathOf("instances", peer.instance_id, "peers", peer.id)} class="picture-peer" data-state={peerState(peer)}>
      <title>{about}</title>
      <g transform={`translate(${box.x} ${box.y})`}>
        <rect class="picture-box" width={width} height={height} rx="8" />
        <circle class="picture-dot" cx="16" cy="18" r="4" />
        <text class="picture-name" x="28" y="22.5">
          {cut(peer.name, inside - 16 - (flow ? 76 : 0), 7.6)}
        </text>
        {flow && (
          <text class="picture-flow" x={width - 12} y="22.5" text-anchor="end">
            {flow}
          </text>
        )}
        {box.lines.map((line, at) => (
          <text key={line} class="picture-line" x="28" y={41.5 + at * 17}>
            {cut(line, inside - 16, 7.1)}
          </text>
        ))}
      </g>
    </a>
  );
}

function Hub({ plan, instance }: { plan: Plan; instance: Instance }) {
  const { x, y, width, height } = plan.hub;
  const middle = width / 2;
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect class="picture-hub" width={width} height={height} rx="12" />
      <text class="picture-hub-name" x={middle} y="30" text-anchor="middle">
        {cut(instance.name, width - 24, 8.6)}
      </text>
      <text class="picture-hub-line" x={middle} y="51" text-anchor="middle">
        {instance.networks[0]}
      </text>
      <text class="picture-hub-line" x={middle} y="69" text-anchor="middle">
        {t("hub_at", { address: instance.hub_addresses[0] ?? "" })}
      </text>
    </g>
  );
}

function More({ plan }: { plan: Plan }) {
  if (!plan.more) return null;
  const parts = [plan.more.sites > 0 && t("more_sites", { n: plan.more.sites }), plan.more.clients > 0 && t("more_clients", { n: plan.more.clients })];
  return (
    <text class="picture-line" x={plan.more.x} y={plan.more.y} text-anchor={plan.narrow ? "start" : "end"}>
      {parts.filter(Boolean).join(" · ")}
    </text>
  );
}

export function Picture({ instance, peers, rates }: PictureProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const look = () => setWidth(Math.floor(element.clientWidth));
    const watcher = new ResizeObserver(look);
    watcher.observe(element);
    look();
    return () => watcher.disconnect();
  }, []);
  const plan = width > 0 ? planOf(width, peers) : null;
  return (
    <div ref={frame} class="picture">
      {plan && (
        <svg width={plan.width} height={plan.height} viewBox={`0 0 ${plan.width} ${plan.height}`} role="group" aria-label={t("picture_label", { name: instance.name })}>
          {plan.boxes.map((box) => (
            <Wire key={box.peer.id} plan={plan} box={box} rate={rates.get(box.peer.id)} />
          ))}
          <Hub plan={plan} instance={instance} />
          {plan.boxes.map((box) => (
            <PeerBox key={box.peer.id} box={box} rate={rates.get(box.peer.id)} />
          ))}
          <More plan={plan} />
        </svg>
      )}
    </div>
  );
}
