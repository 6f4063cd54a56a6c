// What of policy changes by itself, and what is let through until when.

import { Table, Text, VisuallyHidden } from '@mantine/core';
import IconCalendarDue from '@tabler/icons-react/dist/esm/icons/IconCalendarDue.mjs';
import IconCalendarPlus from '@tabler/icons-react/dist/esm/icons/IconCalendarPlus.mjs';
import { useState } from 'react';
import { usePolicy, useSeenPolicy } from '../../api/policy.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ExceptionDialog } from '../../parts/exception-dialog.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { daysAway } from '../../text/day.ts';
import { type PolicyDate, policyDates } from './policy-dates.ts';

const KINDS: Readonly<Record<PolicyDate['kind'], string>> = {
  mode: 'mode of',
  approval: 'approval of',
  block: 'block of',
  exception: 'exception',
  pause: '',
};

export function DatesView({ titles }: { titles: ReadonlyMap<string, string> }) {
  const policy = usePolicy();
  const [removes, setRemoves] = useState<PolicyDate>();
  const [adds, setAdds] = useState(false);
  const now = Date.now();
  return (
    <>
      <Panel
        title="What changes by itself"
        about="Modes that begin or end, approvals, blocks and exceptions that run out. Days are UTC; the last day counts whole."
        actions={
          <RoleButton needs="operator" size="xs" variant="default" onClick={() => setAdds(true)}>
            Add an exception
          </RoleButton>
        }
      >
        <Loaded asked={policy}>
          {(documents) => {
            const dates = policyDates(documents, titles, now);
            if (dates.length === 0)
              return (
                <EmptyState title="Nothing has a date">
                  Set a mode with a date or for a share of the clients, approve a server until a day, or add an exception: it will
                  be listed here.
                </EmptyState>
              );
            return (
              <Table.ScrollContainer
                minWidth={760}
                scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': 'Dates of policy' } }}
              >
                <Table fz="sm" verticalSpacing={7} style={{ tableLayout: 'fixed' }}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th w={196}>When</Table.Th>
                      <Table.Th>What</Table.Th>
                      <Table.Th w="34%">Why</Table.Th>
                      <Table.Th w={110}>
                        <VisuallyHidden>Actions</VisuallyHidden>
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {dates.map((entry) => (
                      <Row key={entry.key} entry={entry} now={now} onRemove={() => setRemoves(entry)} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            );
          }}
        </Loaded>
      </Panel>
      {adds && <ExceptionDialog onClose={() => setAdds(false)} />}
      {removes && <RemoveDialog entry={removes} onClose={() => setRemoves(undefined)} />}
    </>
  );
}

function Row({ entry, now, onRemove }: { entry: PolicyDate; now: number; onRemove: () => void }) {
  const { date, what, kind, subject, text, comment, by } = entry;
  const Glyph = what === 'begins' ? IconCalendarPlus : IconCalendarDue;
  return (
    <Table.Tr>
      <Table.Td>
        <Glyph size={16} color={what === 'begins' ? 'var(--warn)' : 'var(--calm)'} style={{ verticalAlign: -3 }} aria-hidden />{' '}
        {what} <b>{daysAway(date, now)}</b>
        <Text size="xs" c="dimmed">
          {what === 'begins' ? 'from' : 'until'} {date.slice(0, 16).replace('T', ' ')}
        </Text>
      </Table.Td>
      <Table.Td>
        {KINDS[kind]} <Untrusted text={subject} mono={kind === 'approval' || kind === 'block' || kind === 'exception'} />
        <Text size="sm">
          <Untrusted text={text} />
        </Text>
      </Table.Td>
      <Table.Td>
        <Untrusted text={comment} />
        {by !== '' && (
          <Text size="xs" c="dimmed">
            <Untrusted text={by} />
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {kind === 'exception' && (
          <RoleButton needs="operator" size="compact-xs" variant="default" onClick={onRemove}>
            Remove …
          </RoleButton>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function RemoveDialog({ entry: { subject, text }, onClose }: { entry: PolicyDate; onClose: () => void }) {
  const { apply } = useSeenPolicy();
  return (
    <ConfirmDialog
      title={`Remove the exception ${subject}`}
      act="Remove it"
      grave
      onClose={onClose}
      onConfirm={(comment) => apply({ kind: 'remove-exception', id: subject }, comment, `The exception ${subject} is gone.`)}
    >
      <Text size="sm">
        What it lets through is blocked again where policy says so: <Untrusted text={text} />.
      </Text>
    </ConfirmDialog>
  );
}
