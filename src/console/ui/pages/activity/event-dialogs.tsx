// Changes of policy that begin with an exchange.

import { Checkbox, Text } from '@mantine/core';
import { useState } from 'react';
import { visibleText } from '../../../../engine/inventory/visible-text.ts';
import type { FlowEvent } from '../../../api/shapes.ts';
import { useChangePolicy } from '../../api/change-policy.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { UntilField } from '../../parts/until-field.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { dayIn, untilProblem } from '../../text/day.ts';

interface EventProps {
  event: FlowEvent;
  onClose: () => void;
}

/** A mode for this class of traffic, limited to the user and, unless told otherwise, to the host. */
export function BlockForUserDialog({ event, onClose }: EventProps) {
  const [hostOnly, setHostOnly] = useState(true);
  const { mutateAsync } = useChangePolicy();
  const { user_id: user, dst_host: host, traffic } = event;
  return (
    <ConfirmDialog
      title="Block for one user"
      act="Block for this user"
      grave
      onClose={onClose}
      onConfirm={(comment) =>
        mutateAsync({
          change: { kind: 'mode', target: traffic, mode: 'block', users: [user], ...(hostOnly ? { hosts: [host] } : {}) },
          comment,
          done: `Blocked ${traffic} traffic of ${visibleText(user)}.`,
        })
      }
    >
      <Text size="sm">
        {traffic} traffic of <Untrusted text={user} /> is blocked from now on; others are not touched.
      </Text>
      <Checkbox
        label={
          <>
            only to <Untrusted text={host} mono />
          </>
        }
        checked={hostOnly}
        onChange={(change) => setHostOnly(change.currentTarget.checked)}
      />
    </ConfirmDialog>
  );
}

/** A dated way out of a block: for the rule, the host or the user, or several of them together. */
export function ExceptionDialog({ event, onClose }: EventProps) {
  const { mutateAsync } = useChangePolicy();
  const [rule] = event.rules;
  const [until, setUntil] = useState(dayIn(30, Date.now()));
  const [forHost, setForHost] = useState(true);
  const [forUser, setForUser] = useState(event.user_id !== '');
  const [forRule, setForRule] = useState(false);
  const ready = untilProblem(until, false, Date.now()) === undefined && (forHost || forUser || forRule);
  return (
    <ConfirmDialog
      title="Except from blocking"
      act="Except"
      ready={ready}
      onClose={onClose}
      onConfirm={(comment) =>
        mutateAsync({
          change: {
            kind: 'exception',
            until,
            ...(forHost ? { host: event.dst_host } : {}),
            ...(forUser ? { user: event.user_id } : {}),
            ...(forRule && rule !== undefined ? { rule } : {}),
          },
          comment,
          done: `Excepted until ${until}.`,
        })
      }
    >
      <Text size="sm">What would be blocked is let through and logged until then. All that is ticked must apply together.</Text>
      <Checkbox
        label={
          <>
            to the host <Untrusted text={event.dst_host} mono />
          </>
        }
        checked={forHost}
        onChange={(change) => setForHost(change.currentTarget.checked)}
      />
      {event.user_id !== '' && (
        <Checkbox
          label={
            <>
              by <Untrusted text={event.user_id} />
            </>
          }
          checked={forUser}
          onChange={(change) => setForUser(change.currentTarget.checked)}
        />
      )}
      {rule !== undefined && (
        <Checkbox
          label={
            <>
              for the rule <Untrusted text={rule} mono />
            </>
          }
          checked={forRule}
          onChange={(change) => setForRule(change.currentTarget.checked)}
        />
      )}
      <UntilField label="Until" value={until} onChange={setUntil} presets={[7, 30, 90]} endless={false} />
      {!forHost && !forUser && !forRule && (
        <Text size="sm" c="var(--mantine-color-error)">
          Tick at least one: an exception for everything is a pause.
        </Text>
      )}
    </ConfirmDialog>
  );
}
