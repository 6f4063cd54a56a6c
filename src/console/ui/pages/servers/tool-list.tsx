// The tools that a server offers, as it describes them. Descriptions come from the server and are shown as text, never followed.

import { Accordion, Group, Stack, Text, TextInput } from '@mantine/core';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import { useState } from 'react';
import { Link } from 'wouter';
import { visibleText } from '../../../../engine/inventory/visible-text.ts';
import type { ServerDetails } from '../../../api/shapes.ts';
import { CheckList } from '../../parts/check-list.tsx';
import { CodeBlock } from '../../parts/code-block.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Facts } from '../../parts/facts.tsx';
import { termFor } from '../../parts/filter-bar-text.ts';
import { hasWords } from '../../parts/has-words.ts';
import { JsonTree } from '../../parts/json-tree.tsx';
import { ToneBadge } from '../../parts/level-badge.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { counted, plain } from '../../text/format.ts';

type Tool = ServerDetails['toolList'][number];

const MANY = 8;

export function ToolList({ tools, serverKey }: { tools: readonly Tool[]; serverKey: string }) {
  const [search, setSearch] = useState('');
  const shown = tools
    .filter(({ name, title, description }) => hasWords(`${name} ${title} ${description}`, search))
    .toSorted((one, other) => other.checks.length - one.checks.length || one.name.localeCompare(other.name));
  const suspicious = tools.filter(({ checks }) => checks.length > 0).length;
  return (
    <Panel
      title={`Tools (${plain(tools.length)})`}
      about={
        suspicious === 0
          ? 'As the server describes them.'
          : `As the server describes them. ${counted(suspicious, 'tool')} with something that looks wrong.`
      }
      actions={
        tools.length >= MANY && (
          <TextInput
            size="xs"
            aria-label="Find a tool"
            placeholder="Find a tool"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        )
      }
    >
      {tools.length === 0 ? (
        <EmptyState title="No tool is known">
          Daylight learns them when a client asks the server for its list (<code>tools/list</code>) and the answer passes the
          proxy.
        </EmptyState>
      ) : (
        <Accordion multiple chevronPosition="left" variant="default" order={3}>
          {shown.map((tool) => (
            <ToolItem key={tool.name} tool={tool} serverKey={serverKey} />
          ))}
        </Accordion>
      )}
      {tools.length > 0 && shown.length === 0 && (
        <Text size="sm" c="dimmed">
          No tool has these words.
        </Text>
      )}
    </Panel>
  );
}

function ToolItem({ tool, serverKey }: { tool: Tool; serverKey: string }) {
  const { name, title, description, checks } = tool;
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>
        <Group gap={8} wrap="nowrap">
          <Text size="sm" fw={600} style={{ flex: 'none', maxWidth: '45%' }} component="div">
            <Untrusted text={name} mono cut />
          </Text>
          <Text size="sm" c="dimmed" truncate style={{ flex: 1 }}>
            {visibleText(title || description.split('\n')[0] || '')}
          </Text>
          {checks.length > 0 && (
            <ToneBadge tone="bad" icon={IconAlertTriangle}>
              suspicious
            </ToneBadge>
          )}
          {tool.definitions > 1 && <ToneBadge tone="warn">changed</ToneBadge>}
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <ToolDetails tool={tool} serverKey={serverKey} />
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function ToolDetails({ tool, serverKey }: { tool: Tool; serverKey: string }) {
  const { name, title, description, inputSchema, hash, firstSeen, lastSeen, definitions, checks, evidence } = tool;
  const address = usePageAddress();
  return (
    <Stack gap="xs">
      <CheckList checks={checks} evidence={evidence} />
      {description === '' ? (
        <Text size="sm" c="dimmed">
          The server gives no description.
        </Text>
      ) : (
        <CodeBlock text={description} label={`Description of ${name}`} copy={false} />
      )}
      {inputSchema !== '' && (
        <div>
          <Text size="xs" c="dimmed">
            What it takes
          </Text>
          <JsonTree text={inputSchema} label={`Arguments of ${name}`} />
        </div>
      )}
      <Facts
        facts={[
          ['Title', title],
          ['Definitions seen', definitions > 1 ? plain(definitions) : ''],
          ['First seen', <Time key="first" at={firstSeen} form="full" />],
          ['Last seen', <Time key="last" at={lastSeen} form="full" />],
          [
            'Hash',
            <span key="hash" className="mono">
              {hash.slice(0, 16)}
            </span>,
          ],
          [
            'Calls',
            <Link key="calls" href={address('/activity', { filter: `${termFor('server', serverKey)} ${termFor('tool', name)}` })}>
              show them
            </Link>,
          ],
        ]}
      />
    </Stack>
  );
}
