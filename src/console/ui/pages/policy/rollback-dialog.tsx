// Puts the files of an earlier version back, as a new version: says what that undoes.

import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import type { ChangeResult, PolicyVersionItem } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { useSeenPolicy } from '../../api/policy.ts';
import { useRuleTitles } from '../../api/rule-titles.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { counted } from '../../text/format.ts';
import { withTitles } from '../../text/with-titles.ts';

interface RollbackDialogProps {
  number: number;
  /** The versions after it, newest first. */
  newer: readonly PolicyVersionItem[];
  onClose: () => void;
}

const MOST = 12;

export function RollbackDialog({ number, newer, onClose }: RollbackDialogProps) {
  const { policy, onTop } = useSeenPolicy();
  const titles = useRuleTitles();
  const client = useQueryClient();
  const undone = newer.flatMap((version) => version.changes.map((change) => ({ number: version.number, change })));

  async function putBack(comment: string): Promise<void> {
    const { change } = await onTop((etag) =>
      callApi<ChangeResult>('/policy/rollback', { method: 'POST', body: { n: number, comment }, etag }),
    );
    const message = change.files.length === 0 ? 'Policy says that already.' : `Policy is as it was in version ${number}.`;
    notifications.show({ message, color: 'green' });
    await client.invalidateQueries();
  }

  return (
    <ConfirmDialog
      title={`Put version ${number} back`}
      act="Put it back"
      grave
      waiting={policy ? undefined : 'Reading the policy in force …'}
      onClose={onClose}
      onConfirm={putBack}
    >
      <Text size="sm">
        All files of policy become as they were then. That is a change like any other: it becomes a new version, and can be taken
        back. It undoes {counted(newer.length, 'version')}:
      </Text>
      <ul style={{ margin: 0, paddingLeft: 18, fontSize: 13 }}>
        {undone.slice(0, MOST).map(({ number: of, change }) => (
          <li key={`${of} ${change}`}>
            <span className="mono">{of}</span> <Untrusted text={withTitles(change, titles)} />
          </li>
        ))}
        {undone.length > MOST && <li>and {counted(undone.length - MOST, 'more change')}</li>}
      </ul>
    </ConfirmDialog>
  );
}
