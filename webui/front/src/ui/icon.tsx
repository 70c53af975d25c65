// SPDX-License-Identifier: GPL-2.0-or-later
// Drawn on a grid of 16, with a line of 1.5.

const drawings = {
  overview: "M2.5 9.5h4v4h-4zM2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM9.5 9.5h4v4h-4z",
  instance: "M8 8m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M6.6 6.6 3.5 3.5M9.4 6.6l3.1-3.1M8 10v3.5M2 3.5h3M11 3.5h3M6 13.5h4",
  user: "M8 7.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5zM3 13.5c0-2.5 2-4 5-4s5 1.5 5 4",
  users: "M6 7a2.25 2.25 0 1 0 0-4.5A2.25 2.25 0 0 0 6 7zM1.5 13c0-2.4 1.8-3.8 4.5-3.8s4.5 1.4 4.5 3.8M10.5 2.8a2.2 2.2 0 0 1 0 4M12 9.5c1.6.5 2.5 1.7 2.5 3.5",
  shield: "M8 1.5 13 3.5v4c0 3.2-2 5.7-5 7-3-1.3-5-3.8-5-7v-4z",
  key: "M10.5 8.5a3 3 0 1 0-2.8-2L2.5 11.7v1.8h2v-1.5h1.5v-1.5l1.7-1.7a3 3 0 0 0 2.8-.300zM11 5.3v.01",
  audit: "M4 1.5h6l2.5 2.5v10.5H4zM6.5 7h4M6.5 9.5h4M6.5 12h2.5",
  settings: "M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 4.5m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M6 11.5m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
  about: "M8 14.5a6.5 6.5 0 1 0 0-13a6.5 6.5 0 0 0 0 13zM8 7.2v4M8 4.8v.01",
  plus: "M8 3v10M3 8h10",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9a4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2",
  check: "M3 8.5 6.5 12 13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  warn: "M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.5v.01",
  question: "M5.7 6a2.3 2.3 0 1 1 3.6 1.9c-.8.5-1.3 1-1.3 1.9M8 12v.01",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  download: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11",
  upload: "M8 10.5V3M4.8 6 8 2.8 11.2 6M2.5 13.5h11",
  more: "M3.5 8v.01M8 8v.01M12.5 8v.01",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  grip: "M6 4v.01M10 4v.01M6 8v.01M10 8v.01M6 12v.01M10 12v.01",
  up: "M4 9.5 8 5.5l4 4",
  down: "M4 6.5l4 4 4-4",
  right: "M6.5 4l4 4-4 4",
  arrow: "M2.5 8h10.5M9.5 4.5 13 8l-3.5 3.5",
  device: "M5 1.5h6v13H5zM7.5 12.5h1",
  laptop: "M3.5 3.5h9v7h-9zM1.5 12.5h13",
  router: "M2 9h12v4.5H2zM4.5 11.250v.01M8 11.250h3.5M5 9V5M11 9V5M5.0 2.5v.01M11 2.5v.01",
  phone: "M4.5 1.5h7v13h-7zM7 3.2h2M7.2 12.8h1.6",
  robot: "M3 10.5a5 5 0 0 1 10 0zM4.5 3l1.3 2.2M11.5 3l-1.3 2.2M6 8.3v.01M10 8.3v.01M3 13h10",
  panes: "M2 3.2 7.2 2.400v5.200h-5.200zM8.600 2.200 14 1.500v6.100h-5.400zM2 8.800h5.200v5.200l-5.200-.800zM8.600 8.800h5.400v5.900l-5.400-.700z",
  terminal: "M1.5 3h13v10.500h-13zM4 6.200l2 2-2 2M8 10.500h3.500",
  sun: "M8 10.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1",
  moon: "M13.5 9.7A5.8 5.8 0 0 1 6.3 2.5a5.8 5.8 0 1 0 7.2 7.2z",
  system: "M2 3h12v8H2zM6 13.5h4",
  out: "M6.5 2.5h-4v11h4M7 8h6.5M10.5 5l3 3-3 3",
  trash: "M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.7 9h6.6l.7-9",
  edit: "M2.5 13.5 3 10.5l7.5-7.5 2.5 2.5L5.5 13z",
  clock: "M8 14a6 6 0 1 0 0-12a6 6 0 0 0 0 12zM8 4.5V8l2.5 1.5",
  globe: "M8 14a6 6 0 1 0 0-12a6 6 0 0 0 0 12zM2 8h12M8 2c2 1.7 2.7 3.7 2.7 6S10 12.3 8 14c-2-1.7-2.7-3.7-2.7-6S6 3.7 8 2z",
  undo: "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M3 6.5l3-3M3 6.5l3 3",
  link: "M6.5 9.5a2.8 2.8 0 0 0 4 0l2.5-2.5a2.8 2.8 0 0 0-4-4l-1 1M9.5 6.5a2.8 2.8 0 0 0-4 0L3 9a2.8 2.8 0 0 0 4 4l1-1",
  power: "M8 2v6M4.5 4.5a5 5 0 1 0 7 0",
  qr: "M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h1.5v1.5M13.5 9.5v4h-2",
  activity: "M1.5 8.5h3l2-5.5 3 10 2-4.5h3",
  lock: "M3.5 7h9v6.5h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={drawings[name]} />
    </svg>
  );
}

// The mark of the product: a hub and its burrows.
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path d="M16 16 8.5 9.5M16 16l7.5-6.5M16 16v9" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" />
      <g fill="#fff">
        <circle cx="16" cy="16" r="4.2" />
        <circle cx="8" cy="9" r="2.6" />
        <circle cx="24" cy="9" r="2.6" />
        <circle cx="16" cy="25.4" r="2.6" />
      </g>
    </svg>
  );
}
