// Why something that was asked for was not done; nothing while there is no error.

import { Alert } from '@mantine/core';
import { faultText } from '../api/change-policy.ts';
import { Untrusted } from './untrusted.tsx';

export function Fault({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <Alert color="red" variant="light">
      <Untrusted text={faultText(error)} />
    </Alert>
  );
}
