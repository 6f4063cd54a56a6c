// Who asked for a server to be approved, and what became of that.

import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { RequestForApproval } from '../../../api/shapes.ts';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';

export function ServerRequests({ requests }: { requests: readonly RequestForApproval[] }) {
  const address = usePageAddress();
  return (
    <Panel title="Requests for approval">
      <Stack gap="xs">
        {requests.map(({ id, state, name, reason, created }) => (
          <div key={id}>
            <Text size="sm">
              <Anchor
                inherit
                component={Link}
                underline="always"
                href={address('/requests', { open: id, state: state === 'pending' ? '' : 'all' })}
              >
                {id}
              </Anchor>{' '}
              {state}, <Time at={created} form="ago" />
            </Text>
            <Text size="xs" c="dimmed" lineClamp={2}>
              <Untrusted text={name} />: <Untrusted text={reason} />
            </Text>
          </div>
        ))}
      </Stack>
    </Panel>
  );
}
