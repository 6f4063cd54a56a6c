// Puts a host on the list of those that are not decrypted: why, who answers for it, and until when.

import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useSeenPolicy } from '../../api/policy.ts';
import { useSession } from '../../api/session.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { UntilField } from '../../parts/until-field.tsx';
import { untilProblem } from '../../text/day.ts';

interface UninspectDialogProps {
  /** To begin with. */
  first: { host: string; reason: string; until: string };
  onClose: () => void;
}

export function UninspectDialog({ first, onClose }: UninspectDialogProps) {
  const { user } = useSession();
  const [host, setHost] = useState(first.host);
  const [reason, setReason] = useState(first.reason);
  const [owner, setOwner] = useState(user.name);
  const [until, setUntil] = useState(first.until);
  const { apply } = useSeenPolicy();
  const missing = [host, reason, owner].some((text) => text.trim() === '') ? 'Host, reason and owner are needed.' : undefined;
  const change = {
    kind: 'passthrough' as const,
    ...{ host: host.trim(), reason: reason.trim(), owner: owner.trim() },
    ...(until === '' ? {} : { until }),
  };
  return (
    <ConfirmDialog
      title="Do not decrypt a host"
      act="Do not decrypt it"
      grave
      comment={reason.trim()}
      waiting={missing ?? untilProblem(until, true, Date.now())}
      onClose={onClose}
      onConfirm={(comment) => apply(change, comment, `${change.host} is not decrypted any more.`)}
    >
      <Text size="sm">
        Its connections are tunnelled as they are: MCP and sensitive data in them are not seen. Daylight still records who
        connected when, and how much.
      </Text>
      <TextInput
        label="Host"
        description="A host, or *.suffix for every host below."
        value={host}
        onChange={(event) => setHost(event.currentTarget.value)}
      />
      <TextInput
        label="Reason"
        description="Shown in the list, and in the audit log with your name."
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <TextInput
        label="Owner"
        description="Who answers for it."
        maxLength={200}
        value={owner}
        onChange={(event) => setOwner(event.currentTarget.value)}
      />
      <UntilField label="Until" description="It is decrypted again after this day." value={until} onChange={setUntil} />
    </ConfirmDialog>
  );
}
