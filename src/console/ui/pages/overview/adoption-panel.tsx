// Whether people move from shadow to what they are meant to use.

import { useMemo } from 'react';
import type { Overview } from '../../../api/shapes.ts';
import { Panel } from '../../parts/panel.tsx';
import { Timeline } from '../../parts/timeline.tsx';
import { trafficColor } from '../../parts/traffic-badge.tsx';
import { useRange } from '../../state/use-url.ts';

const SERIES = (['portal', 'approved', 'shadow'] as const).map((key) => ({ key, label: key, color: trafficColor(key) }));

export function AdoptionPanel({ data }: { data: Overview }) {
  const { resolve } = useRange();
  const points = useMemo(
    () => data.adoption.map(({ t, portal, approved, shadow }) => ({ t, values: { portal, approved, shadow } })),
    [data],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the span of the answer, not of this moment
  const { from, to } = useMemo(resolve, [data]);
  return (
    <Panel title="Adoption" about="Users by the road they took.">
      <Timeline
        label="Users by the road they took"
        points={points}
        series={SERIES}
        step={data.adoptionStep}
        from={from}
        to={to}
        kind="lines"
        height={240}
      />
    </Panel>
  );
}
