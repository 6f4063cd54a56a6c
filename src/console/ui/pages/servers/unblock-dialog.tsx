// Lifts the block of a server: the modes count for it again.

import { Text } from '@mantine/core';
import { useSeenPolicy } from '../../api/policy.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';

/** @param url as the block states it */
export function UnblockDialog({ url, onClose }: { url: string; onClose: () => void }) {
  const { apply } = useSeenPolicy();
  return (
    <ConfirmDialog
      title="Lift the block"
      act="Lift it"
      onClose={onClose}
      onConfirm={(comment) => apply({ kind: 'unblock', url }, comment, 'The block is lifted.')}
    >
      <Text size="sm">
        For <Untrusted text={url} mono /> and what lies below it, approvals and modes count again.
      </Text>
    </ConfirmDialog>
  );
}
