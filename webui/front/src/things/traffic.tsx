// SPDX-License-Identifier: GPL-2.0-or-later
// Traffic over time, of the hub, an instance or a peer.
import { useMemo, useState } from "preact/hooks";
import { queryText } from "../lib/api";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import type { TrafficHistory, TrafficSpan } from "../lib/types";
import { Card, Empty, ProblemNote, Segments, Waits } from "../ui/bits";
import { type Series, TrafficChart } from "../ui/chart";

// Bytes a second; the newest of the longer steps is not over yet.
export function seriesOf(traffic: TrafficHistory, now = Date.now() / 1000): Series {
  const from = Date.parse(traffic.from) / 1000;
  const times = traffic.rx.map((_, at) => from + at * traffic.step);
  const rate = (bytes: number | null, at: number): number | null => {
    const since = now - (times[at] ?? 0);
    return bytes === null ? null : bytes / Math.max(1, Math.min(traffic.step, since));
  };
  return { times, rx: traffic.rx.map(rate), tx: traffic.tx.map(rate) };
}

const every: Record<TrafficSpan, number> = { hour: 15000, day: 60000, fortnight: 300000, quarter: 300000, "two-years": 300000 };

export function TrafficCard({ instance, peer }: { instance?: string; peer?: string }) {
  const [span, setSpan] = useState<TrafficSpan>("hour");
  const traffic = useResource<TrafficHistory>(`/traffic${queryText({ instance, peer, span })}`, { every: every[span] });
  const series = useMemo(() => traffic.data && seriesOf(traffic.data), [traffic.data]);
  const spans: [TrafficSpan, string][] = [
    ["hour", t("span_hour")],
    ["day", t("span_day")],
    ["fortnight", t("span_fortnight")],
    ["quarter", t("span_quarter")],
    ["two-years", t("span_years")],
  ];
  const isEmpty = series !== undefined && series.rx.every((value) => value === null);
  return (
    <Card title={t("traffic")} actions={<Segments label={t("span")} value={span} options={spans} onChange={setSpan} />}>
      {traffic.problem && !series && <ProblemNote problem={traffic.problem} onRetry={traffic.reload} />}
      {!traffic.problem && !series && <Waits what={t("waits_traffic")} />}
      {series && isEmpty && <Empty level={3} title={t("traffic_none")} text={t("traffic_none_text")} />}
      {series && !isEmpty && <TrafficChart series={series} label={t("traffic_label")} />}
    </Card>
  );
}
