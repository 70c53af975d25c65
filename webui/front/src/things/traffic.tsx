// SPDX-License-Identifier: GPL-2.0-or-later
// Traffic over time, of the hub, an instance or a peer.
import { useMemo, useState } from "preact/hooks";
import { queryText } from "../lib/api";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { Card, Empty, ProblemNote, Segments, Waits } from "../ui/bits";
import { type Series, TrafficChart } from "../ui/chart";

type Span = "hour" | "day" | "fortnight" | "quarter" | "two-years";

interface Traffic {
  step: number; // seconds
  from: string; // of the first point
  rx: (number | null)[]; // bytes; null: not known
  tx: (number | null)[];
}

export function seriesOf(traffic: Traffic): Series {
  const first = Date.parse(traffic.from) / 1000;
  const rate = (bytes: number | null) => (bytes === null ? null : bytes / traffic.step);
  return { times: traffic.rx.map((_, at) => first + at * traffic.step), rx: traffic.rx.map(rate), tx: traffic.tx.map(rate) };
}

function isEmpty(traffic: Traffic): boolean {
  return traffic.rx.every((bytes) => bytes === null) && traffic.tx.every((bytes) => bytes === null);
}

export function TrafficCard({ instance, peer }: { instance?: string; peer?: string }) {
  const [span, setSpan] = useState<Span>("hour");
  const traffic = useResource<Traffic>(`/traffic${queryText({ instance, peer, span })}`, { every: 60000 });
  const series = useMemo(() => traffic.data && seriesOf(traffic.data), [traffic.data]);
  const spans: [Span, string][] = [
    ["hour", t("span_hour")],
    ["day", t("span_day")],
    ["fortnight", t("span_fortnight")],
    ["quarter", t("span_quarter")],
    ["two-years", t("span_years")],
  ];
  const empty = traffic.data !== undefined && isEmpty(traffic.data);
  return (
    <Card title={t("traffic")} actions={<Segments label={t("span")} value={span} options={spans} onChange={setSpan} />}>
      {traffic.problem && !series && <ProblemNote problem={traffic.problem} onRetry={traffic.reload} />}
      {!traffic.problem && !series && <Waits what={t("waits_traffic")} />}
      {empty && <Empty level={3} title={t("traffic_none")} text={t("traffic_none_text")} />}
      {series && !empty && <TrafficChart series={series} label={t("traffic_label")} />}
    </Card>
  );
}
