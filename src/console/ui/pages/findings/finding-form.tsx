// State, assignee and note of a finding. The state counts at once; what is typed when it is saved.

import { Button, Group, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import type { Finding } from '../../../api/shapes.ts';
import { faultText } from '../../api/change-policy.ts';
import { useSession } from '../../api/session.ts';
import { useRoleReason } from '../../parts/role-button.tsx';
import type { useNoteFinding } from './use-note-finding.ts';

export interface FindingDraft {
  assignee: string;
  note: string;
}

interface FindingFormProps {
  finding: Finding;
  draft: FindingDraft;
  onDraft: (draft: FindingDraft) => void;
  save: ReturnType<typeof useNoteFinding>;
}

const STATES: readonly Finding['state'][] = ['new', 'acknowledged', 'resolved'];

export function FindingForm({ finding, draft, onDraft, save }: FindingFormProps) {
  const { assignee, note } = draft;
  const { user } = useSession();
  const reason = useRoleReason('analyst');

  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate({ assignee: assignee.trim(), note: note.trim() });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {reason && (
          <Text size="sm" c="dimmed">
            {reason}
          </Text>
        )}
        <SegmentedControl
          w="fit-content"
          aria-label="State of the finding"
          data={[...STATES]}
          value={finding.state}
          disabled={reason !== undefined || save.isPending}
          onChange={(state) => save.mutate({ state: state as Finding['state'] })}
        />
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Assignee"
            style={{ flex: 1 }}
            maxLength={200}
            disabled={reason !== undefined}
            value={assignee}
            onChange={(event) => onDraft({ note, assignee: event.currentTarget.value })}
          />
          <Button
            variant="default"
            disabled={reason !== undefined || finding.assignee === user.name}
            onClick={() => {
              onDraft({ note, assignee: user.name });
              save.mutate({ assignee: user.name });
            }}
          >
            Assign to me
          </Button>
        </Group>
        <Textarea
          label="Note"
          description="For your colleagues: what you found, what you asked whom."
          autosize
          minRows={3}
          maxLength={2000}
          disabled={reason !== undefined}
          value={note}
          onChange={(event) => onDraft({ assignee, note: event.currentTarget.value })}
        />
        {save.error && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {faultText(save.error)}
          </Text>
        )}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={reason !== undefined || !isTyped(finding, draft)}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Whether something is typed that is not saved. */
export function isTyped(finding: Finding, { assignee, note }: FindingDraft): boolean {
  return assignee.trim() !== finding.assignee || note.trim() !== finding.note;
}
