// SPDX-License-Identifier: GPL-2.0-or-later
// Figures and times as people read them.
import { language, t } from "./i18n";

const units = ["B", "KB", "MB", "GB", "TB", "PB"];

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${formatNumber(value, digits)} ${units[unit]}`;
}

// Bits a second, from bytes a second.
export function formatRate(bytesPerSecond: number): string {
  let value = bytesPerSecond * 8;
  const names = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"];
  let unit = 0;
  while (value >= 999.5 && unit < names.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${formatNumber(value, unit === 0 || value >= 99.5 ? 0 : 1)} ${names[unit]}`;
}

export function formatNumber(value: number, digits = 0): string {
  return new Intl.NumberFormat(language.get(), { maximumFractionDigits: digits }).format(value);
}

export function formatTime(time: string): string {
  return new Intl.DateTimeFormat(language.get(), { dateStyle: "medium", timeStyle: "medium" }).format(new Date(time));
}

export function formatDay(time: string): string {
  return new Intl.DateTimeFormat(language.get(), { dateStyle: "medium" }).format(new Date(time));
}

const spans: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

// "3 minutes ago", "in 2 days".
export function formatAgo(time: string, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  if (Math.abs(seconds) < 5) return t("just_now");
  const [unit, length] = spans.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language.get(), { numeric: "auto" }).format(Math.trunc(seconds / length), unit);
}

// "2 d 4 h", for how long something has run.
export function formatSpan(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), t("unit_day")],
    [Math.floor((seconds % 86400) / 3600), t("unit_hour")],
    [Math.floor((seconds % 3600) / 60), t("unit_minute")],
    [Math.floor(seconds % 60), t("unit_second")],
  ];
  const from = parts.findIndex(([count]) => count > 0);
  return (from < 0 ? parts.slice(3) : parts.slice(from, from + 2))
    .filter(([count], at) => count > 0 || at === 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}
