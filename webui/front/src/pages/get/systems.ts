// SPDX-License-Identifier: GPL-2.0-or-later
// Which system a person is in front of, and what its steps need beside words.
import type { TextKey } from "../../lib/i18n";
import type { IconName } from "../../ui/icon";

export interface System {
  name: TextKey;
  icon: IconName;
  isPhone?: boolean;
}

export const systems: Record<string, System> = {
  ios: { name: "system_ios", icon: "phone", isPhone: true },
  android: { name: "system_android", icon: "robot", isPhone: true },
  windows: { name: "system_windows", icon: "panes" },
  macos: { name: "system_macos", icon: "laptop" },
  linux: { name: "system_linux", icon: "terminal" },
  routeros: { name: "system_routeros", icon: "router" },
};

export interface Clues {
  userAgent: string;
  touches: number; // an iPad says that it is a Mac; it has fingers on it
}

export function guessSystem({ userAgent, touches }: Clues): string {
  if (/iPhone|iPad|iPod/.test(userAgent)) return "ios";
  if (/Android/.test(userAgent)) return "android";
  if (/Windows/.test(userAgent)) return "windows";
  if (/Mac OS X|Macintosh/.test(userAgent)) return touches > 1 ? "ios" : "macos";
  return "linux";
}

// The first that the hub has steps for.
export function chooseSystem(offered: string[], guessed: string): string {
  return offered.includes(guessed) ? guessed : (offered[0] ?? "linux");
}

export interface Store {
  app: string;
  url: string;
}

const wireguard: Record<string, string> = {
  ios: "https://apps.apple.com/app/wireguard/id1441195209",
  android: "https://play.google.com/store/apps/details?id=com.wireguard.android",
  windows: "https://www.wireguard.com/install/",
  macos: "https://apps.apple.com/app/wireguard/id1451685025",
};

const openvpn: Record<string, string> = {
  ios: "https://apps.apple.com/app/openvpn-connect/id590379981",
  android: "https://play.google.com/store/apps/details?id=net.openvpn.openvpn",
  windows: "https://openvpn.net/client/",
  macos: "https://openvpn.net/client/",
};

// Where a step's app is to be had: a link that a person follows, nothing that the page loads.
export function storeOf(step: string, system: string): Store | null {
  if (step === "install-wireguard" && wireguard[system]) return { app: "WireGuard", url: wireguard[system] };
  if (step === "install-openvpn-connect" && openvpn[system]) return { app: "OpenVPN Connect", url: openvpn[system] };
  return null;
}

// What is typed for a step.
export function commandOf(step: string, file: string): string | null {
  const stem = file.replace(/\.[^.]*$/, "");
  switch (step) {
    case "wg-quick-up":
      return `sudo systemctl enable --now wg-quick@${stem}`;
    case "move-to-etc-wireguard":
      return `sudo install -m 600 ${file} /etc/wireguard/`;
    case "move-to-etc-openvpn":
      return `sudo install -m 600 ${file} /etc/openvpn/client/${stem}.conf`;
    case "openvpn-start":
      return `sudo systemctl enable --now openvpn-client@${stem}`;
    case "nmcli-import":
      return `nmcli connection import type openvpn file ${file}`;
    case "run-import":
      return `/import ${file}`;
    default:
      return null;
  }
}
