// How long rows are kept, and the configuration in force without its secrets. Both come from daylight.yaml.

import { Grid, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { Settings } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { JsonTree } from '../../parts/json-tree.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { plain } from '../../text/format.ts';
import { RetentionDialog } from './retention-dialog.tsx';

export function ConfigurationView() {
  const settings = useRead<Settings>('/settings', {}, { ranged: false, everySeconds: 0 });
  const [changes, setChanges] = useState(false);
  return (
    <Loaded asked={settings}>
      {({ retention, keep, config }) => (
        <Grid gap="md">
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <Panel
              title="Retention"
              about="Days that rows are kept, by table of the store. Older rows go by themselves."
              actions={
                <RoleButton
                  needs="admin"
                  size="xs"
                  variant="default"
                  why={keep === null ? 'This appliance was not started from a configuration that can be changed.' : undefined}
                  onClick={() => setChanges(true)}
                >
                  Change …
                </RoleButton>
              }
            >
              <Retention retention={retention} />
              {changes && keep && <RetentionDialog keep={keep} onClose={() => setChanges(false)} />}
            </Panel>
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <Panel
              title="Configuration in force"
              about="From daylight.yaml, DAYLIGHT_* variables and flags. Secrets are left out."
            >
              <JsonTree text={JSON.stringify(config)} label="Keys and values" />
            </Panel>
          </Grid.Col>
        </Grid>
      )}
    </Loaded>
  );
}

/** What the tables hold, for people who did not make them. */
const TABLES: Readonly<Record<string, string>> = {
  http_flow: 'exchanges, with excerpts of what was asked',
  mcp_call: 'MCP messages and what came of them',
  llm_call: 'calls to model providers',
  dlp_match: 'DLP findings, masked',
  server_finding: 'changed and suspicious tools',
  tool_seen: 'definitions of tools',
  audit_log: 'the audit log',
  flow_count: 'counts by minute and server',
  traffic_minute: 'counts by minute and class',
  use_hour: 'counts by hour, user and server',
  tool_hour: 'counts by hour and tool',
  rule_hour: 'counts by hour and rule',
  dlp_hour: 'counts by hour and detector',
  llm_hour: 'counts by hour and model',
  client_count: 'which programs could be inspected',
};

function Retention({ retention }: { retention: Settings['retention'] }) {
  const tables = Object.entries(retention);
  if (tables.length === 0)
    return (
      <Text size="sm" c="dimmed">
        ClickHouse does not answer at the moment, so what it keeps is not known.
      </Text>
    );
  return (
    <Table fz="sm" verticalSpacing={4} aria-label="Retention by table">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Table</Table.Th>
          <Table.Th>Holds</Table.Th>
          <Table.Th ta="right">Days</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {tables.map(([name, days]) => (
          <Table.Tr key={name}>
            <Table.Td className="mono">{name}</Table.Td>
            <Table.Td>{TABLES[name]}</Table.Td>
            <Table.Td ta="right">{plain(days)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
