// Who uses a server.

import { Anchor, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { ServerDetails } from '../../../api/shapes.ts';
import { termFor } from '../../parts/filter-bar-text.ts';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';
import { userTerm } from '../users/user-term.ts';

const MOST = 15;

export function ServerUsers({ server: { serverKey, userList, users } }: { server: ServerDetails }) {
  const address = usePageAddress();
  return (
    <Panel title="Users" about="Who sent requests in this time; by address where nobody was identified.">
      {userList.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nobody in this time.
        </Text>
      ) : (
        <Table fz="xs" verticalSpacing={4} horizontalSpacing={6} style={{ tableLayout: 'fixed' }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>User</Table.Th>
              <Table.Th w={74} ta="right">
                Requests
              </Table.Th>
              <Table.Th w={84}>Last</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {userList.slice(0, MOST).map(({ user, n, lastSeen }) => (
              <Table.Tr key={user}>
                <Table.Td>
                  <Anchor
                    component={Link}
                    fz="xs"
                    href={address('/activity', {
                      filter: `${termFor('server', serverKey)} ${userTerm(user)}`,
                    })}
                  >
                    <Untrusted text={user} cut />
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right">{plain(n)}</Table.Td>
                <Table.Td>
                  <Time at={lastSeen} form="ago" />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {users > Math.min(MOST, userList.length) && userList.length > 0 && (
        <Text size="xs" c="dimmed" mt={6}>
          and {plain(users - Math.min(MOST, userList.length))} more
        </Text>
      )}
    </Panel>
  );
}
