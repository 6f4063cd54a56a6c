// What was deleted about a person, and what still names them: for whoever deleted it to see to.

import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import type { ForgetResult } from '../../../api/shapes.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { counted } from '../../text/format.ts';

export function ForgottenDialog({ result, onClose }: { result: ForgetResult; onClose: () => void }) {
  const { rows, elsewhere, kept, waiting } = result;
  return (
    <Dialog title="Deleted" onClose={onClose}>
      <Stack>
        {waiting && (
          <Alert color="yellow" variant="light">
            Events were still waiting to be stored: do it again in a minute.
          </Alert>
        )}
        <List size="sm">
          <List.Item>{counted(rows, 'row', 'rows')} deleted from the store.</List.Item>
          {elsewhere.map(({ place, deleted, renamed }) => (
            <List.Item key={place}>
              In {place}: {deleted} deleted, {renamed} under a pseudonym now.
            </List.Item>
          ))}
        </List>
        <Text size="sm" fw={600}>
          What stays
        </Text>
        <List size="sm">
          {kept.map(({ what, why, n, where }) => (
            <List.Item key={what}>
              {n === undefined ? what : `${what} (${n})`}: {why}.
              {where.map((line) => (
                <Text key={line} size="xs">
                  <Untrusted text={line} mono />
                </Text>
              ))}
            </List.Item>
          ))}
        </List>
        <Group justify="flex-end">
          <Button onClick={onClose}>Close</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
