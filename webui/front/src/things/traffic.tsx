// SPDX-License-Identifier: GPL-2.0-or-later
// Traffic over time, of the hub, an instance or a peer.
import { useMemo, useState } from "preact/hooks";
import { queryText } from "../lib/api";
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import { Card, Empty, ProblemNote, Segments, Waits } from "../ui/bits";
import { type Series, TrafficChart } from "../ui/chart";

type Span = "1h" | "1d" | "7d" | "30d" | "2y";

interface Point {
  at: string;
  rx: number | null; // bytes a second
  tx: number | null;
}

interface Traffic {
  points: Point[];
  step: number;
}

function seriesOf(traffic: Traffic): Series {
  return {
    times: traffic.points.map((point) => Date.parse(point.at) / 1000),
    rx: traffic.points.map((point) => point.rx),
    tx: traffic.points.map((point) => point.tx),
  };
}

const every: Record<Span, number> = { "1h": 10000, "1d": 60000, "7d": 300000, "30d": 300000, "2y": 300000 };

export function TrafficCard({ instance, peer }: { instance?: string; peer?: string }) {
  const [span, setSpan] = useState<Span>("1h");
  const traffic = useResource<Traffic>(`/traffic${queryText({ instance, peer, span })}`, { every: every[span] });
  const series = useMemo(() => traffic.data && seriesOf(traffic.data), [traffic.data]);
  // A hub that keeps no traffic has nothing to show here.
  if (traffic.problem?.status === 404) return null;
  const spans: [Span, string][] = [
    ["1h", t("span_hour")],
    ["1d", t("span_day")],
    ["7d", t("span_week")],
    ["30d", t("span_month")],
    ["2y", t("span_years")],
  ];
  return (
    <Card title={t("traffic")} actions={<Segments label={t("span")} value={span} options={spans} onChange={setSpan} />}>
      {traffic.problem && !series && <ProblemNote problem={traffic.problem} onRetry={traffic.reload} />}
      {!traffic.problem && !series && <Waits what={t("waits_traffic")} />}
      {series && series.times.length === 0 && <Empty level={3} title={t("traffic_none")} />}
      {series && series.times.length > 0 && <TrafficChart series={series} label={t("traffic_label")} />}
    </Card>
  );
}
