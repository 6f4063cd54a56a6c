// A dated way out of a block: for a rule, a host, a user, or what has all that is named.

import { Group, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { PolicyChange } from '../../api/shapes.ts';
import { useSeenPolicy } from '../api/policy.ts';
import { dayIn, untilProblem } from '../text/day.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { UntilField } from './until-field.tsx';

interface ExceptionDialogProps {
  /** What it is about, to begin with. */
  rule?: string;
  host?: string;
  user?: string;
  onClose: () => void;
}

const USUAL_DAYS = 7;

export function ExceptionDialog({
  rule: firstRule = '',
  host: firstHost = '',
  user: firstUser = '',
  onClose,
}: ExceptionDialogProps) {
  const [rule, setRule] = useState(firstRule);
  const [host, setHost] = useState(firstHost);
  const [user, setUser] = useState(firstUser);
  const [until, setUntil] = useState(() => dayIn(USUAL_DAYS, Date.now()));
  const { apply } = useSeenPolicy();
  const named = Object.entries({ rule: rule.trim(), host: host.trim(), user: user.trim() }).filter(([, value]) => value !== '');
  const change: PolicyChange = { kind: 'exception', ...Object.fromEntries(named), until };
  const problem = untilProblem(until, false, Date.now());
  return (
    <ConfirmDialog
      title="Add an exception"
      act="Let it through"
      waiting={named.length === 0 ? 'Name a rule, a host or a user.' : problem}
      onClose={onClose}
      onConfirm={(comment) => apply(change, comment, `An exception holds until ${until}.`)}
    >
      <Text size="sm">
        Until then, what would be blocked is logged instead, where everything that you name fits. A server that was blocked by
        name is let through only by its host, without a rule.
      </Text>
      <Group grow align="flex-start">
        <TextInput
          label="Host"
          placeholder="tools.example.net or *.example.net"
          value={host}
          onChange={(event) => setHost(event.currentTarget.value)}
        />
        <TextInput label="User" placeholder="everybody" value={user} onChange={(event) => setUser(event.currentTarget.value)} />
      </Group>
      <TextInput
        label="Rule"
        description="Its id; leave it empty for every rule."
        placeholder="every rule"
        value={rule}
        onChange={(event) => setRule(event.currentTarget.value)}
      />
      <UntilField label="Until" value={until} onChange={setUntil} presets={[1, 7, 30, 90]} endless={false} />
    </ConfirmDialog>
  );
}
