// Changes how long rows are kept. The configuration file is written, comments kept, and the tables follow at once.

import { Alert, NumberInput, SimpleGrid, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { RetentionChange, Settings } from '../../../api/shapes.ts';
import { ApiError, callApi } from '../../api/client.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { changedDays, RETENTION_WORDS } from './retention-words.ts';

export function RetentionDialog({ keep, onClose }: { keep: NonNullable<Settings['keep']>; onClose: () => void }) {
  const client = useQueryClient();
  const [days, setDays] = useState<Record<string, number>>(() =>
    Object.fromEntries(keep.keys.map((each) => [each.key, each.days])),
  );
  // As it was when the dialog opened: a change by somebody else is refused, not overwritten.
  const [seen, setSeen] = useState(keep.etag);
  const { changed, shorter } = changedDays(keep.keys, days);

  async function save(comment: string): Promise<void> {
    try {
      await callApi('/settings/retention', {
        method: 'PATCH',
        etag: seen,
        body: { days: changed, comment } satisfies RetentionChange,
      });
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) setSeen((await callApi<Settings>('/settings')).keep?.etag ?? seen);
      throw error;
    } finally {
      await client.invalidateQueries({ queryKey: ['/settings'] });
    }
  }

  return (
    <ConfirmDialog
      title="How long rows are kept"
      act="Change it"
      grave={shorter.length > 0}
      waiting={Object.keys(changed).length === 0 ? 'Nothing is changed yet.' : undefined}
      onClose={onClose}
      onConfirm={save}
    >
      <Text size="sm">
        Days, from 1 to 36,500. They are written to <Untrusted text={keep.file} mono />, and count at once.
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        {keep.keys.map(({ key, setBy }) => (
          <NumberInput
            key={key}
            label={RETENTION_WORDS[key] ?? key}
            description={setBy === '' ? `store.retention.${key}` : `set by ${setBy}`}
            disabled={setBy !== ''}
            min={1}
            max={36_500}
            allowDecimal={false}
            clampBehavior="strict"
            value={days[key] ?? 1}
            onChange={(value) => typeof value === 'number' && setDays({ ...days, [key]: value })}
          />
        ))}
      </SimpleGrid>
      {shorter.length > 0 && (
        <Alert color="red" variant="light" title="Rows will be deleted">
          What is older than the new time is deleted soon and does not come back:{' '}
          {shorter.map((key) => RETENTION_WORDS[key] ?? key).join(', ')}.
        </Alert>
      )}
    </ConfirmDialog>
  );
}
