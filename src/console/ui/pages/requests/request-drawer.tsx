// One request: who asks and why in their words, what is known of the block, how it stands with the server, and the decision.

import { Alert, Anchor, Blockquote, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Traffic } from '../../../../engine/verdict.ts';
import type { RequestForApproval } from '../../../api/shapes.ts';
import { DetailDrawer } from '../../parts/detail-drawer.tsx';
import { Facts } from '../../parts/facts.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { Section } from '../../parts/section.tsx';
import { ServerName } from '../../parts/server-name.tsx';
import { Time } from '../../parts/time.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { ApproveRequestDialog } from './approve-request-dialog.tsx';
import { DenyDialog } from './deny-dialog.tsx';
import { RequestEvidence } from './request-evidence.tsx';
import { RequestServer } from './request-server.tsx';
import { RequestStateBadge } from './request-state.tsx';

export function RequestDrawer({ request, onClose }: { request: RequestForApproval; onClose: () => void }) {
  const [dialog, setDialog] = useState<'approve' | 'deny'>();
  const address = usePageAddress();
  const { id, state, name, reason, days, servers, traffic, blocked, method, tool, user, created } = request;
  return (
    <DetailDrawer
      title={
        <Group gap="sm">
          <span>Request {id}</span> <RequestStateBadge state={state} />
        </Group>
      }
      onClose={onClose}
    >
      <Stack gap="lg">
        {state === 'pending' ? (
          <Group gap="xs">
            <RoleButton needs="operator" onClick={() => setDialog('approve')}>
              Approve …
            </RoleButton>
            <RoleButton needs="operator" variant="default" onClick={() => setDialog('deny')}>
              Deny …
            </RoleButton>
          </Group>
        ) : (
          <Alert
            role="note"
            color="gray"
            variant="light"
            title={`${state === 'approved' ? 'Approved' : 'Denied'} by ${request.decided_by}`}
          >
            <Untrusted text={request.comment} />
            <Text size="sm" c="dimmed">
              <Time at={request.decided} form="full" />
              {request.until !== '' && `, until ${request.until}`}
            </Text>
          </Alert>
        )}
        <Section title="What they ask for">
          <Blockquote p="sm" radius="sm" fz="sm" color="gray" m={0} mb="sm">
            <Untrusted text={reason} />
          </Blockquote>
          <Facts
            facts={[
              ['Calls themselves', <Untrusted key="name" text={name} />],
              [
                'Identified as',
                user === '' ? (
                  <Text key="user" size="sm" c="dimmed">
                    nobody: the proxy knows the address alone
                  </Text>
                ) : (
                  user
                ),
              ],
              ['Address', request.address],
              ['Asked', <Time key="asked" at={created} form="full" />],
              ['For', `${days} days`],
              [
                servers.length > 1 ? 'Servers' : 'Server',
                <div key="servers">
                  {servers.map((server) => (
                    <ServerName key={server} serverKey={server.replace(/^name:/, 'attached:')} />
                  ))}
                </div>,
              ],
            ]}
          />
        </Section>
        <Section title="What was blocked">
          <Facts
            facts={[
              ['Traffic', traffic === '' ? '' : <TrafficBadge key="traffic" traffic={traffic as Traffic} />],
              ['Why', blocked],
              ['Method', method && <Untrusted key="method" text={method} mono />],
              ['Tool', tool && <Untrusted key="tool" text={tool} mono />],
              [
                'Event',
                <Anchor key="event" component={Link} size="sm" href={address('/activity', { open: request.event_id })}>
                  open it in the activity
                </Anchor>,
              ],
            ]}
          />
          <RequestEvidence eventId={request.event_id} />
        </Section>
        {servers[0] && <RequestServer serverKey={servers[0].replace(/^name:/, 'attached:')} />}
      </Stack>
      {dialog === 'approve' && <ApproveRequestDialog request={request} onClose={() => setDialog(undefined)} />}
      {dialog === 'deny' && <DenyDialog request={request} onClose={() => setDialog(undefined)} />}
    </DetailDrawer>
  );
}
