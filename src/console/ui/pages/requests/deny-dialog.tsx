// Denies a request; the person who asked reads the reason.

import { Text } from '@mantine/core';
import type { RequestForApproval } from '../../../api/shapes.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { useDecide } from './use-decide.ts';

export function DenyDialog({ request, onClose }: { request: RequestForApproval; onClose: () => void }) {
  const decide = useDecide(request.id);
  return (
    <ConfirmDialog
      title={`Deny ${request.id}`}
      act="Deny"
      grave
      onClose={onClose}
      onConfirm={(comment) => decide('deny', { comment })}
    >
      <Text size="sm">
        The server stays as it is. Whoever asked sees your reason: say what they can use instead, if there is something.
      </Text>
    </ConfirmDialog>
  );
}
