// MCP traffic over time, by class.

import { useMemo } from 'react';
import type { Overview } from '../../../api/shapes.ts';
import { Panel } from '../../parts/panel.tsx';
import { Timeline } from '../../parts/timeline.tsx';
import { TRAFFIC_ORDER, trafficColor } from '../../parts/traffic-badge.tsx';
import { useRange } from '../../state/use-url.ts';

export function TrafficPanel({ data }: { data: Overview }) {
  const { set, resolve } = useRange();
  const points = useMemo(() => data.timeline.map(({ t, counts }) => ({ t, values: counts })), [data]);
  const series = useMemo(
    () =>
      TRAFFIC_ORDER.filter((name) => name !== 'none' && data.timeline.some(({ counts }) => (counts[name] ?? 0) > 0)).map(
        (name) => ({
          key: name,
          label: name,
          color: trafficColor(name),
        }),
      ),
    [data],
  );
  // The span of the answer, not of this moment: the chart moves when there is something new.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const { from, to } = useMemo(resolve, [data]);
  return (
    <Panel title="MCP traffic" about="Requests by class. Drag over the chart to look closer.">
      <Timeline
        label="MCP requests by class of traffic"
        points={points}
        series={series}
        step={data.step}
        from={from}
        to={to}
        height={240}
        onZoom={(start, end) => set({ from: start, to: end })}
      />
    </Panel>
  );
}
