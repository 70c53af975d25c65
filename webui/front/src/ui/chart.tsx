// SPDX-License-Identifier: GPL-2.0-or-later
// Traffic over time. The library is loaded when the first chart is shown.
import { useEffect, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { formatRate, formatTime } from "../lib/format";
import { language, t } from "../lib/i18n";
import { useStore } from "../lib/store";
import { shade } from "../lib/theme";

export interface Series {
  times: number[]; // seconds
  rx: (number | null)[]; // bytes a second
  tx: (number | null)[];
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis(): uPlot.Axis {
  return {
    stroke: colour("--text-3"),
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
}

const day = 86400;

// As people of the language write them: times within days, days within longer.
function timesOf(ticks: number[], apart: number): string[] {
  const style: Intl.DateTimeFormatOptions = apart < day ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
  const format = new Intl.DateTimeFormat(language.get(), apart < day ? { ...style, hourCycle: "h23" } : style);
  return ticks.map((tick) => format.format(new Date(tick * 1000)));
}

// Where nothing is pointed at, the legend says what is newest: of a time that has just begun nothing is known yet.
function newest(plot: uPlot, series: number): number | null {
  const [times, ...values] = plot.data;
  const known = [...times.keys()].filter((at) => values.some((each) => each[at] != null)).pop() ?? times.length - 1;
  return plot.data[series]?.[known] ?? null;
}

function shown(value: number | null, format: (value: number) => string): string {
  return value === null ? "–" : format(value);
}

// Alone between what is not known, a value is no line: it is drawn as a point.
function alone(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  return [...values.keys()].filter((at) => values[at] != null && values[at - 1] == null && values[at + 1] == null);
}

function options(width: number, height: number): uPlot.Options {
  const line = (label: string, name: string): uPlot.Series => ({
    label,
    stroke: colour(name),
    width: 1.5,
    fill: `${colour(name)}1c`,
    points: { show: true, size: 6, fill: colour(name), filter: alone },
    value: (plot, value, series) => shown(value ?? newest(plot, series), formatRate),
  });
  return {
    width,
    height,
    padding: [8, 24, 0, 0],
    cursor: { y: false, points: { size: 6 } },
    legend: { show: true, live: true },
    scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1000)] } },
    series: [{ label: t("time"), value: (plot, value) => shown(value ?? newest(plot, 0), (time) => formatTime(new Date(time * 1000).toISOString())) }, line(t("received"), "--chart-1"), line(t("sent"), "--chart-2")],
    axes: [{ ...axis(), space: 64, size: 30, values: (_, ticks, __, ___, apart) => timesOf(ticks, apart) }, { ...axis(), size: 76, values: (_, ticks) => ticks.map((tick) => formatRate(tick)) }],
  };
}

export function TrafficChart({ series, label, height = 220 }: { series: Series; label: string; height?: number }) {
  const element = useRef<HTMLDivElement>(null);
  const [library, setLibrary] = useState<typeof uPlot | null>(null);
  const [failed, setFailed] = useState(false);
  const plot = useRef<uPlot | null>(null);
  const now = useStore(shade);
  useEffect(() => {
    import("uplot").then((loaded) => setLibrary(() => loaded.default)).catch(() => setFailed(true));
  }, []);
  useEffect(() => {
    const frame = element.current;
    if (!library || !frame) return undefined;
    plot.current = new library(options(frame.clientWidth, height), [series.times, series.rx, series.tx], frame);
    const watcher = new ResizeObserver(() => plot.current?.setSize({ width: frame.clientWidth, height }));
    watcher.observe(frame);
    return () => {
      watcher.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [library, now]);
  useEffect(() => {
    plot.current?.setData([series.times, series.rx, series.tx]);
  }, [series]);
  if (failed) return <p class="muted">{t("chart_failed")}</p>;
  return <div class="chart" ref={element} role="img" aria-label={label} />;
}
