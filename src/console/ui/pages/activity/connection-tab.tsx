// By whom, from where, over what: principal, client, TLS, session, timing.

import { Stack, Title } from '@mantine/core';
import type { FlowEvent } from '../../../api/shapes.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Time } from '../../parts/time.tsx';
import { bytes, duration } from '../../text/format.ts';

const INSPECTED = {
  yes: 'yes: content was seen',
  passthrough: 'no: the host is passed through by configuration',
  opaque: 'no: it could not be decrypted',
} as const;

export function ConnectionTab({ event }: { event: FlowEvent }) {
  const software = (name: string, version: string) => [name, version].filter(Boolean).join(' ');
  return (
    <Stack gap="lg">
      <section>
        <Title order={3} size="h6" mb="xs">
          Who
        </Title>
        <Facts
          facts={[
            ['User', event.user_id],
            ['Groups', event.user_groups.join(', ')],
            ['Known by', event.user_source],
            ['Device', event.device_id],
            ['Address', `${event.src_ip} port ${event.src_port}`],
            ['MCP client', software(event.mcp_client_name, event.mcp_client_version)],
          ]}
        />
      </section>
      <section>
        <Title order={3} size="h6" mb="xs">
          To where
        </Title>
        <Facts
          facts={[
            ['Host', event.dst_host],
            ['Address', event.dst_ip !== '' && `${event.dst_ip} port ${event.dst_port}`],
            ['MCP server says', software(event.mcp_server_name, event.mcp_server_version)],
            ['Revision of MCP', event.mcp_generation],
            ['Transport', event.mcp_transport],
            ['Session', event.mcp_session_id],
            ['Signs in by', event.mcp_auth],
          ]}
        />
      </section>
      <section>
        <Title order={3} size="h6" mb="xs">
          TLS
        </Title>
        <Facts
          facts={[
            ['Inspected', INSPECTED[event.inspected]],
            ['Server name', event.sni],
            ['Version', event.tls_version],
            ['Protocol', event.alpn],
            ['JA4 of the client', event.ja4],
          ]}
        />
      </section>
      <section>
        <Title order={3} size="h6" mb="xs">
          Timing
        </Title>
        <Facts
          facts={[
            ['Began', <Time key="ts" at={event.ts} form="full" />],
            ['First byte after', event.ttfb_ms > 0 && duration(event.ttfb_ms)],
            ['Took', duration(event.duration_ms)],
            ['Sent', bytes(event.req_bytes)],
            ['Received', bytes(event.resp_bytes)],
            ['Appliance', event.sensor],
            ['Event', event.event_id],
          ]}
        />
      </section>
      <div>
        <CopyButton text={event.event_id} label="Copy the event id" />
      </div>
    </Stack>
  );
}
