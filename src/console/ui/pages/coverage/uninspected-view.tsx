// The hosts that are not decrypted by local policy: why, who answers for them, until when.

import { Badge, Table, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import type { Coverage } from '../../../api/shapes.ts';
import { useSeenPolicy } from '../../api/policy.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { dayIn, daysAway } from '../../text/day.ts';
import { UninspectDialog } from './uninspect-dialog.tsx';

type Entry = Coverage['passthrough'][number];

const USUAL_DAYS = 30;

export function UninspectedView({ entries }: { entries: readonly Entry[] }) {
  const [adds, setAdds] = useState(false);
  const [removes, setRemoves] = useState<Entry>();
  const now = Date.now();
  return (
    <Panel
      title="Hosts that are not decrypted"
      about="Those of local policy. The shipped list, and the one in daylight.yaml, come on top."
      actions={
        <RoleButton needs="operator" size="xs" variant="default" onClick={() => setAdds(true)}>
          Add a host
        </RoleButton>
      }
    >
      {entries.length === 0 ? (
        <EmptyState title="Nobody listed a host">
          Add one when its clients pin certificates, or when law or contracts forbid looking into its connections.
        </EmptyState>
      ) : (
        <Table.ScrollContainer
          minWidth={720}
          scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': 'Hosts that are not decrypted' } }}
        >
          <Table fz="sm" verticalSpacing={7}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Host</Table.Th>
                <Table.Th>Reason</Table.Th>
                <Table.Th>Owner</Table.Th>
                <Table.Th>Until</Table.Th>
                <Table.Th>
                  <VisuallyHidden>Actions</VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((entry) => (
                <Table.Tr key={entry.host}>
                  <Table.Td>
                    <Untrusted text={entry.host} mono />
                  </Table.Td>
                  <Table.Td>
                    <Untrusted text={entry.comment === '' ? entry.reason : `${entry.reason} (${entry.comment})`} />
                  </Table.Td>
                  <Table.Td>
                    <Untrusted text={entry.owner} />
                  </Table.Td>
                  <Table.Td>
                    {entry.until === null ? 'no end' : `${entry.until}, ${daysAway(entry.until, now)}`}{' '}
                    {entry.expired && (
                      <Badge size="xs" color="gray">
                        expired
                      </Badge>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <RoleButton needs="operator" size="compact-xs" variant="subtle" onClick={() => setRemoves(entry)}>
                      Remove <VisuallyHidden>{entry.host}</VisuallyHidden>
                    </RoleButton>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {adds && <UninspectDialog first={{ host: '', reason: '', until: dayIn(USUAL_DAYS, now) }} onClose={() => setAdds(false)} />}
      {removes && <RemoveDialog host={removes.host} onClose={() => setRemoves(undefined)} />}
    </Panel>
  );
}

function RemoveDialog({ host, onClose }: { host: string; onClose: () => void }) {
  const { apply } = useSeenPolicy();
  return (
    <ConfirmDialog
      title="Decrypt it again"
      act="Decrypt it again"
      onClose={onClose}
      onConfirm={(comment) => apply({ kind: 'remove-passthrough', host }, comment, `${host} is decrypted again.`)}
    >
      <Untrusted text={host} mono />
    </ConfirmDialog>
  );
}
