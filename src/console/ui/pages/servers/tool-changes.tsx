// What a server changed about its tools after it was first seen, and what looks wrong about them. All of it is text of the server.

import { Stack } from '@mantine/core';
import type { ServerFinding } from '../../../api/shapes.ts';
import { Panel } from '../../parts/panel.tsx';
import { ToolChange } from '../../parts/tool-change.tsx';

export function ToolChanges({ changes }: { changes: readonly ServerFinding[] }) {
  return (
    <Panel
      title="What changed, and what looks wrong"
      about="Tools are read by models as they stand. A description that changes after it was approved, or that speaks to the model, deserves a look."
    >
      <Stack gap="md">
        {changes.map((change) => (
          <ToolChange key={change.event_id} change={change} />
        ))}
      </Stack>
    </Panel>
  );
}
