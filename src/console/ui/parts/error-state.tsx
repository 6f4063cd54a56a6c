// Something could not be loaded: what the API said, and a way to try again.

import { Alert, Button, Group, Text } from '@mantine/core';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import { faultText } from '../api/change-policy.ts';
import { ApiError } from '../api/client.ts';
import { Untrusted } from './untrusted.tsx';

export function ErrorState({ error, retry }: { error: unknown; retry?: () => unknown }) {
  const denied = error instanceof ApiError && error.status === 403;
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={denied ? 'Not for your role' : 'This could not be loaded'}
      role="alert"
    >
      <Group justify="space-between" align="flex-end">
        <Text size="sm" c="var(--mantine-color-text)">
          <Untrusted text={faultText(error)} />
        </Text>
        {retry && !denied && (
          <Button variant="default" size="xs" onClick={() => void retry()}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
