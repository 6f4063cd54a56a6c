// The MCP messages of the exchange, whether they came alone or one by one in a stream: what was called, what came of it.

import { Accordion, Group, Stack, Text } from '@mantine/core';
import type { McpCall } from '../../../api/shapes.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { JsonTree } from '../../parts/json-tree.tsx';
import { type Tone, ToneBadge } from '../../parts/level-badge.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { bytes, duration } from '../../text/format.ts';

const OUTCOMES: Readonly<Record<string, Tone>> = {
  ok: 'good',
  denied: 'bad',
  rpc_error: 'warn',
  tool_error: 'warn',
  timeout: 'warn',
};

export function MessagesTab({ calls }: { calls: readonly McpCall[] }) {
  if (calls.length === 0)
    return (
      <EmptyState title="No MCP message">The exchange held none that Daylight could read, or it was not inspected.</EmptyState>
    );
  return (
    <Accordion multiple variant="separated" chevronPosition="left">
      {calls.map((call, index) => (
        <Accordion.Item key={call.event_id + String(index)} value={String(index)}>
          <Accordion.Control>
            <Group gap="sm" wrap="nowrap">
              <ToneBadge tone={OUTCOMES[call.outcome] ?? 'warn'}>{call.outcome.replaceAll('_', ' ')}</ToneBadge>
              <Untrusted text={[call.method, call.tool || call.resource || call.prompt].filter(Boolean).join('  ')} mono cut />
              <Text size="xs" c="dimmed" ml="auto" component="span" style={{ whiteSpace: 'nowrap' }}>
                <Time at={call.ts} form="time" />, {duration(call.duration_ms)}
              </Text>
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            <Stack gap="sm">
              {call.error !== '' && (
                <Text size="sm">
                  <Untrusted text={call.error} />
                </Text>
              )}
              <Content title={`Arguments, ${bytes(call.args_bytes)}`} text={call.args} />
              <Content title={`Answer, ${bytes(call.result_bytes)}`} text={call.excerpt} />
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function Content({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed" mb={4}>
        {title}
        {text === '' && ': not stored'}
      </Text>
      {text !== '' && <JsonTree text={text} label={title} />}
    </div>
  );
}
