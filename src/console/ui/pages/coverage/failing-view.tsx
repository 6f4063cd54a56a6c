// Programs that broke off the TLS handshake with Daylight, by host: what it probably is, and what to do about it.

import { Anchor, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { Coverage } from '../../../api/shapes.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { plain } from '../../text/format.ts';
import { UninspectDialog } from './uninspect-dialog.tsx';

type Pair = Coverage['failing'][number];

interface FailingViewProps {
  failing: readonly Pair[];
  /** Some program came through. */
  covered: boolean;
}

export function FailingView({ failing, covered }: FailingViewProps) {
  const [chosen, setChosen] = useState<Pair>();
  if (failing.length === 0)
    return (
      <EmptyState
        title={covered ? 'No program refused the certificate of Daylight' : 'Nothing went through Daylight in this span'}
      >
        {covered ? (
          'Every program that was seen trusts the CA.'
        ) : (
          <>
            Point a client at the proxy: <a href="/setup">the setup page</a> says how, for every system and program.
          </>
        )}
      </EmptyState>
    );
  return (
    <Panel
      title="Programs that refuse the certificate of Daylight"
      about="A program that trusts the CA for other hosts pins this one. One that trusts it nowhere has to be set up."
    >
      <Table.ScrollContainer
        minWidth={860}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': 'Programs that refuse the certificate' } }}
      >
        <Table fz="sm" verticalSpacing={7}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Program</Table.Th>
              <Table.Th miw={220}>Host</Table.Th>
              <Table.Th>Who</Table.Th>
              <Table.Th>Times</Table.Th>
              <Table.Th>Last</Table.Th>
              <Table.Th>Probably</Table.Th>
              <Table.Th>What to do</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {failing.map((pair) => (
              <Table.Tr key={`${pair.application}\n${pair.ja4}\n${pair.host}`}>
                <Table.Td>
                  <Untrusted text={pair.application || `JA4 ${pair.ja4}`} />
                </Table.Td>
                <Table.Td>
                  <Untrusted text={pair.host} mono />
                </Table.Td>
                <Table.Td>
                  <Untrusted text={pair.users.slice(0, 3).join(', ')} />
                  {pair.users.length > 3 && ` and ${pair.users.length - 3} more`}
                </Table.Td>
                <Table.Td>{plain(pair.n)}</Table.Td>
                <Table.Td>
                  <Time at={pair.lastSeen} form="ago" />
                </Table.Td>
                <Table.Td>{pair.cause === 'pinned' ? 'Pinned' : 'Does not trust the CA'}</Table.Td>
                <Table.Td>
                  <Remedy pair={pair} onChoose={() => setChosen(pair)} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {chosen?.suggestion && <UninspectDialog first={chosen.suggestion} onClose={() => setChosen(undefined)} />}
    </Panel>
  );
}

function Remedy({ pair, onChoose }: { pair: Pair; onChoose: () => void }) {
  if (pair.suggestion)
    return (
      <RoleButton needs="operator" size="compact-xs" variant="default" onClick={onChoose}>
        Do not decrypt until {pair.suggestion.until}
      </RoleButton>
    );
  if (pair.cause === 'not-trusting')
    return (
      <Anchor inherit href="/setup">
        Set it up
      </Anchor>
    );
  return (
    <Text size="sm" c="dimmed">
      MCP was seen on this host: not decrypting it would hide that.
    </Text>
  );
}
