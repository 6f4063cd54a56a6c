// What showed that the blocked request was MCP: signals with their weights, and the rules.

import { Table, Text } from '@mantine/core';
import type { EventDetails } from '../../../api/shapes.ts';
import { ApiError } from '../../api/client.ts';
import { useRead } from '../../api/read.ts';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { Loaded } from '../../parts/loaded.tsx';

export function RequestEvidence({ eventId }: { eventId: string }) {
  const event = useRead<EventDetails>(`/events/${encodeURIComponent(eventId)}`, {}, { ranged: false, everySeconds: 0 });
  if (event.error instanceof ApiError && event.error.status === 404)
    return (
      <Text size="sm" c="dimmed" mt="sm">
        The event is not stored (any more); what is above was noted when the request came.
      </Text>
    );
  return (
    <Loaded asked={event}>
      {({ explanation: { rules, signals } }) => (
        <>
          {rules.map(({ id, title, level, description }) => (
            <div key={id} style={{ marginTop: 10 }}>
              <LevelBadge level={level} />{' '}
              <Text span size="sm" fw={600}>
                {title || id}
              </Text>
              <Text size="xs" c="dimmed">
                {description}
              </Text>
            </div>
          ))}
          {signals.length > 0 && (
            <Table fz="xs" mt="sm" verticalSpacing={4} aria-label="Signals">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Signal</Table.Th>
                  <Table.Th>Weight</Table.Th>
                  <Table.Th>What it is</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {signals.map(({ id, weight, meaning }) => (
                  <Table.Tr key={id}>
                    <Table.Td className="mono">{id}</Table.Td>
                    <Table.Td>{weight}</Table.Td>
                    <Table.Td>{meaning}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
        </>
      )}
    </Loaded>
  );
}
