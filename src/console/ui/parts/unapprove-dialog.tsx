// Takes the approval of a server back: nobody approved it any more, and the modes say what happens.

import { Text } from '@mantine/core';
import { useSeenPolicy } from '../api/policy.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Untrusted } from './untrusted.tsx';

interface UnapproveDialogProps {
  /** As the approval states it. */
  url: string;
  /** Place of one approval in the list; all of the URL without it. */
  at?: number;
  /** For whom that one is. */
  people?: string;
  onClose: () => void;
}

export function UnapproveDialog({ url, at, people = '', onClose }: UnapproveDialogProps) {
  const { policy, apply } = useSeenPolicy();
  const mode = policy?.modes.modes.findLast(({ traffic }) => traffic === 'shadow')?.mode ?? policy?.modes.default;
  return (
    <ConfirmDialog
      title="Take the approval back"
      act="Take it back"
      grave
      onClose={onClose}
      onConfirm={(comment) =>
        apply({ kind: 'unapprove', url, ...(at !== undefined && { at }) }, comment, 'The approval is taken back.')
      }
    >
      <Text size="sm">
        <Untrusted text={url} mono /> {people !== '' && <Untrusted text={`for ${people} `} />}will be a server that nobody
        approved: its traffic is <b>shadow</b> again, and the modes say what happens to it{mode && ` (in general: ${mode})`}.
        Sessions that are open feel it with their next request.
      </Text>
    </ConfirmDialog>
  );
}
