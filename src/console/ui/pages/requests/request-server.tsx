// How it stands with the server that a request is about.

import { Group, Text } from '@mantine/core';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import type { ServerDetails } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { LevelBadge, ToneBadge } from '../../parts/level-badge.tsx';
import { Section } from '../../parts/section.tsx';
import { ServerStateBadge } from '../../parts/server-state.tsx';
import { counted } from '../../text/format.ts';

export function RequestServer({ serverKey }: { serverKey: string }) {
  const { data, error } = useRead<ServerDetails>('/servers/one', { key: serverKey }, { everySeconds: 0 });
  if (error)
    return (
      <Section title="The server">
        <Text size="sm" c="dimmed">
          The inventory has nothing about it in the time that is chosen at the top.
        </Text>
      </Section>
    );
  if (!data) return null;
  const suspicious = data.toolList.filter(({ checks }) => checks.length > 0).length;
  return (
    <Section title="The server">
      <Group gap="xs" mb={6}>
        <ServerStateBadge state={data.state} />
        <LevelBadge level={`${data.risk.level}`} />
        {suspicious > 0 && (
          <ToneBadge tone="bad" icon={IconAlertTriangle}>
            {counted(suspicious, 'suspicious tool')}
          </ToneBadge>
        )}
      </Group>
      <Text size="sm">
        {counted(data.users, 'user')}, {counted(data.n, 'request')} and {counted(data.toolList.length, 'tool')} in this time
        {data.owner !== '' && `; looked after by ${data.owner}`}.
      </Text>
      {data.risk.reasons.length > 0 && (
        <ul style={{ margin: '6px 0 0', paddingLeft: 18, fontSize: 13 }}>
          {data.risk.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </Section>
  );
}
