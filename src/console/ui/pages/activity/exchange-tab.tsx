// What passed: the request, the answer, and as much of the content as is stored.

import { Code, Stack, Text, Title } from '@mantine/core';
import type { FlowEvent } from '../../../api/shapes.ts';
import { Facts } from '../../parts/facts.tsx';
import { JsonTree } from '../../parts/json-tree.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { bytes, duration } from '../../text/format.ts';

export function ExchangeTab({ event }: { event: FlowEvent }) {
  return (
    <Stack gap="lg">
      <section>
        <Title order={3} size="h6" mb="xs">
          Request
        </Title>
        <Facts
          facts={[
            ['Request', <Untrusted key="url" text={`${event.http_method} ${event.url}`} mono />],
            ['HTTP version', event.http_version],
            ['User agent', event.user_agent],
            ['MCP method', event.mcp_method],
            ['Tool', event.mcp_tool],
            ['Resource', event.mcp_resource],
            ['Prompt', event.mcp_prompt],
            ['Servers it names', event.mcp_servers.join('\n')],
            ['Size', bytes(event.req_bytes)],
          ]}
        />
      </section>
      <section>
        <Title order={3} size="h6" mb="xs">
          Answer
        </Title>
        <Facts
          facts={[
            ['Status', event.status === 0 ? 'none' : String(event.status)],
            ['Content type', event.content_type],
            ['Size', bytes(event.resp_bytes)],
            ['First byte after', event.ttfb_ms > 0 && duration(event.ttfb_ms)],
            ['Complete after', duration(event.duration_ms)],
            ['Fault', event.error],
          ]}
        />
      </section>
      <section>
        <Title order={3} size="h6" mb="xs">
          JSON-RPC as it was asked
        </Title>
        {event.excerpt === '' ? (
          <Text size="sm" c="dimmed">
            No content is stored with this exchange. <Code>store.excerpts: true</Code> in <Code>daylight.yaml</Code> keeps a
            redacted beginning of what MCP clients ask.
          </Text>
        ) : (
          <JsonTree text={event.excerpt} label="Stored beginning of the request" />
        )}
      </section>
    </Stack>
  );
}
