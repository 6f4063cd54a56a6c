// Every approval as it is written, with whom and what it is for, and the way to take it back.

import { Anchor, Table, Text, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { serverKeyOfUrl } from '../../../../engine/inventory/server-key.ts';
import type { Approval } from '../../../../engine/policy/schema.ts';
import { usePolicy } from '../../api/policy.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { UnapproveDialog } from '../../parts/unapprove-dialog.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { daysAway } from '../../text/day.ts';
import { approvedPeople, approvedTools } from './approval-words.ts';

export function ApprovalsView() {
  const policy = usePolicy();
  const [removes, setRemoves] = useState<number>();
  return (
    <Loaded asked={policy}>
      {({ approved: { servers } }) => {
        const removed = removes === undefined ? undefined : servers[removes];
        if (servers.length === 0)
          return (
            <EmptyState title="No server is approved">
              Approve one on the page Servers, from a request for approval, or with <code>bin/daylight servers approve</code>.
            </EmptyState>
          );
        return (
          <>
            <Table.ScrollContainer minWidth={820} scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': 'Approvals' } }}>
              <Table fz="sm" verticalSpacing={7} style={{ tableLayout: 'fixed' }}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th w="30%">Server</Table.Th>
                    <Table.Th>For</Table.Th>
                    <Table.Th>Tools</Table.Th>
                    <Table.Th w={128}>Until</Table.Th>
                    <Table.Th w="22%">Why</Table.Th>
                    <Table.Th w={128}>
                      <VisuallyHidden>Actions</VisuallyHidden>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {servers.map((approval, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: its place is what tells one approval of a URL from another
                    <Row key={`${at} ${approval.url}`} approval={approval} onRemove={() => setRemoves(at)} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {removed && (
              <UnapproveDialog
                url={removed.url}
                at={removes!}
                people={approvedPeople(removed)}
                onClose={() => setRemoves(undefined)}
              />
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Row({ approval, onRemove }: { approval: Approval; onRemove: () => void }) {
  const { url, until, comment = '', by = '', via } = approval;
  const address = usePageAddress();
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <Anchor component={Link} href={address('/servers', { open: serverKeyOfUrl(url) })} size="sm">
          <Untrusted text={url} mono />
        </Anchor>
        {via === 'portal' && (
          <Text size="xs" c="dimmed">
            through the portal only
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Untrusted text={approvedPeople(approval)} />
      </Table.Td>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        <Untrusted text={approvedTools(approval)} />
      </Table.Td>
      <Table.Td>
        {until ?? 'for good'}
        {until !== undefined && (
          <Text size="xs" c="dimmed">
            {daysAway(until, Date.now())}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Untrusted text={comment} />
        {by !== '' && (
          <Text size="xs" c="dimmed">
            <Untrusted text={by} />
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">
        <RoleButton needs="operator" size="compact-xs" variant="default" onClick={onRemove}>
          Take back …
        </RoleButton>
      </Table.Td>
    </Table.Tr>
  );
}
