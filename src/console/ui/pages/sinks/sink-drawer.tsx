// One sink: where to, what it sends, how far it is, what went wrong; a test of it, and its dead letters once more.

import { Alert, Group, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { Sink, SinkResend, SinkTest } from '../../../api/shapes.ts';
import { callApi } from '../../api/client.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { DetailDrawer } from '../../parts/detail-drawer.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { Facts } from '../../parts/facts.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { Section } from '../../parts/section.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { bytes, counted, duration, plain } from '../../text/format.ts';
import { SinkState } from './sink-state.tsx';

export function SinkDrawer({ sink, onClose }: { sink: Sink; onClose: () => void }) {
  return (
    <DetailDrawer
      title={
        <>
          Sink <Untrusted text={sink.name} />
        </>
      }
      onClose={onClose}
    >
      <Stack gap="lg">
        <SinkTester sink={sink} />
        <DeadLetters sink={sink} />
        <Section title="Delivery">
          <Facts
            facts={[
              ['State', <SinkState key="state" sink={sink} />],
              ['Behind', sink.lagMs === 0 ? 'no' : duration(sink.lagMs)],
              ['Waiting', `${counted(sink.pendingEvents, 'event')}, ${bytes(sink.pendingBytes)}`],
              ['Delivered since the start', plain(sink.delivered)],
              ['Last minute', `${sink.perSecond.toFixed(1)} events/s`],
              ['Last success', <Time key="success" at={sink.lastSuccessAt} form="full" />],
              ['Attempts that failed', plain(sink.retries)],
              [
                'Refused for good',
                sink.rejected > 0 && `${plain(sink.rejected)}, kept in the data folder below sinks/${sink.name}/dead`,
              ],
              ['Skipped: too many waited', sink.skipped > 0 && plain(sink.skipped)],
            ]}
          />
        </Section>
        {sink.lastError !== '' && (
          <Section title={sink.error === '' ? 'Last error, over by now' : 'Why it fails'}>
            <Stack gap="xs">
              <CodeBlock text={sink.lastError} label="Last error" />
              <Time at={sink.lastErrorAt} form="full" />
            </Stack>
          </Section>
        )}
        <Section title="What it sends">
          <Facts
            facts={[
              ['To', sink.target],
              ['Type', sink.type],
              ['Format', sink.format],
              ['Filter', sink.filter || 'none: everything of these kinds'],
              ['Kinds', sink.events.join(', ')],
            ]}
          />
        </Section>
      </Stack>
    </DetailDrawer>
  );
}

function DeadLetters({ sink }: { sink: Sink }) {
  const resend = useMutation({
    mutationFn: () => callApi<SinkResend>(`/sinks/${encodeURIComponent(sink.name)}/resend`, { method: 'POST' }),
  });
  const events = resend.data?.events;
  return (
    <Stack gap="sm">
      <Group>
        <RoleButton needs="operator" size="xs" variant="default" loading={resend.isPending} onClick={() => resend.mutate()}>
          Send dead letters again
        </RoleButton>
      </Group>
      {resend.error && <ErrorState error={resend.error} retry={() => resend.mutate()} />}
      {events !== undefined && (
        <Alert
          role="status"
          variant="default"
          title={events === 0 ? 'There are no dead letters' : `${counted(events, 'dead letter')} on the way again`}
        >
          What the receiver refuses for good becomes a dead letter; when the cause is mended, it can be sent again from here.
        </Alert>
      )}
    </Stack>
  );
}

function SinkTester({ sink }: { sink: Sink }) {
  const test = useMutation({
    mutationFn: () => callApi<SinkTest>(`/sinks/${encodeURIComponent(sink.name)}/test`, { method: 'POST' }),
  });
  return (
    <Stack gap="sm">
      <Group>
        <RoleButton needs="operator" size="xs" loading={test.isPending} onClick={() => test.mutate()}>
          Send a test event
        </RoleButton>
      </Group>
      {test.error && <ErrorState error={test.error} retry={() => test.mutate()} />}
      {test.data && (
        <Alert
          role="status"
          variant="default"
          title={
            test.data.accepted ? `Accepted after ${duration(test.data.ms)}` : `Not accepted, after ${duration(test.data.ms)}`
          }
        >
          <Untrusted text={test.data.message} />
          {test.data.accepted && (
            <>
              . Look there for the event <Untrusted text={test.data.eventId} />: an audit event with the action sink.test.
            </>
          )}
        </Alert>
      )}
    </Stack>
  );
}
