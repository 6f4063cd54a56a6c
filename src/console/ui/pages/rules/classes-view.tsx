// The modes of whole classes of traffic, and of everything that has no mode of its own.

import { Group, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { ModeEntry } from '../../../../engine/policy/schema.ts';
import type { Traffic } from '../../../../engine/verdict.ts';
import { usePolicy } from '../../api/policy.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { TRAFFIC_WORDS, TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { type ClassMode, classModes } from './class-modes.ts';
import { Limits } from './limits.tsx';
import { type ModeAsked, ModeDialog } from './mode-dialog.tsx';
import { limitsOf } from './mode-form.ts';
import { ModeSwitch } from './mode-switch.tsx';

export function ClassesView() {
  const policy = usePolicy();
  const [asked, setAsked] = useState<ModeAsked>();
  return (
    <>
      <Panel
        title="Classes of traffic"
        about="What happens on a match unless the rule has a mode of its own. Approved and portal traffic is ruled by its approval instead."
      >
        <Loaded asked={policy}>
          {({ modes }) => (
            <Table.ScrollContainer
              minWidth={760}
              scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': 'Classes of traffic' } }}
            >
              <Table fz="sm" verticalSpacing={8} style={{ tableLayout: 'fixed' }}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th w={130}>Class</Table.Th>
                    <Table.Th>What it is</Table.Th>
                    <Table.Th w={240}>Mode</Table.Th>
                    <Table.Th w="32%">For some, or for a time</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {classModes(modes, Date.now()).map((row) => (
                    <Row key={`${row.kind} ${row.target}`} row={row} onAsk={setAsked} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </Loaded>
      </Panel>
      {asked && <ModeDialog asked={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function Row({ row, onAsk }: { row: ClassMode; onAsk: (asked: ModeAsked) => void }) {
  const { target, kind, mode, inherited, lines } = row;
  const title = kind === 'default' ? 'Everything else' : kind === 'tag' ? `Tag ${target}` : `Class ${target}`;
  return (
    <Table.Tr>
      <Table.Td>
        {kind === 'traffic' ? (
          <TrafficBadge traffic={target as Traffic} />
        ) : kind === 'tag' ? (
          <Untrusted text={target} mono />
        ) : (
          <b>default</b>
        )}
      </Table.Td>
      <Table.Td>
        {kind === 'traffic' && TRAFFIC_WORDS[target as Traffic].meaning}
        {kind === 'default' && 'Every match for which no line below says anything else.'}
        {kind === 'tag' && 'Rules that bear this tag.'}
      </Table.Td>
      <Table.Td>
        <Group gap={8} wrap="nowrap">
          <ModeSwitch label={title} mode={mode} onAsk={(to) => onAsk({ target, title, from: mode, to })} />
          {inherited && (
            <Text size="xs" c="dimmed">
              by default
            </Text>
          )}
        </Group>
      </Table.Td>
      <Table.Td>
        {lines.length === 0 ? (
          <Text span c="dimmed" size="sm">
            –
          </Text>
        ) : (
          lines.map((line) => <Line key={JSON.stringify(line)} line={line} />)
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Line({ line }: { line: ModeEntry }) {
  return (
    <div>
      <b>{line.mode}</b>
      <Limits parts={limitsOf(line)} />
      {line.comment && (
        <Text size="xs" c="dimmed">
          <Untrusted text={line.comment} />
          {line.by && (
            <>
              {' – '}
              <Untrusted text={line.by} />
            </>
          )}
        </Text>
      )}
    </div>
  );
}
