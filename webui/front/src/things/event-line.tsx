// SPDX-License-Identifier: GPL-2.0-or-later
// An event in the person's language; the hub's own words where we know none.
import { hubText } from "../lib/hub-text";
import { tMaybe } from "../lib/i18n";
import { pathOf } from "../lib/router";
import type { HubEvent } from "../lib/types";
import { Ago, type Tone } from "../ui/bits";

const tones: [RegExp, Tone][] = [
  [/failed|role\.ended|rolled/, "bad"],
  [/active|connected$|enabled|confirmed/, "ok"],
  [/expired|restarted|repaired|refused|blocked/, "warn"],
];

function toneOf(kind: string): Tone {
  if (kind === "peer.disconnected") return "off";
  return tones.find(([pattern]) => pattern.test(kind))?.[1] ?? "off";
}

export function eventText(event: HubEvent): string {
  // Where there is no text for it, as of a failure, the reason is in the hub's words alone.
  return tMaybe(`event_${event.kind.replace(/[.-]/g, "_")}`, hubText(event.text), {
    instance: event.instance ?? event.instance_id ?? "",
    peer: event.peer ?? event.peer_id ?? "",
    user: event.user ?? event.user_id ?? "",
    admin: event.admin ?? event.admin_id ?? "",
    from: event.from ?? "",
  });
}

function hrefOf(event: HubEvent): string | null {
  if (!event.instance_id || /deleted/.test(event.kind)) return null;
  return event.peer_id ? pathOf("instances", event.instance_id, "peers", event.peer_id) : pathOf("instances", event.instance_id);
}

export function EventLine({ event }: { event: HubEvent }) {
  const href = hrefOf(event);
  return (
    <li>
      <span class="dot" data-tone={toneOf(event.kind)} aria-hidden="true">
        <span class="dot-mark" />
      </span>
      <span class="grow break">
        {href ? (
          <a class="event-link" href={href}>
            {eventText(event)}
          </a>
        ) : (
          eventText(event)
        )}
      </span>
      <span class="muted small nowrap">
        <Ago time={event.at} />
      </span>
    </li>
  );
}
