// The profiles: which traffic each reads, for what, and what happens then. They are a file, and are changed there.

import { Grid, Group, Stack, Text } from '@mantine/core';
import type { DlpProfile } from '../../../api/shapes.ts';
import { useList } from '../../api/read.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { type Fact, Facts } from '../../parts/facts.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Panel } from '../../parts/panel.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { ProfileAction } from './detectors-view.tsx';
import { fullProfile, limitsOf } from './profile-coverage.ts';

export function ProfilesView() {
  const profiles = useList<DlpProfile>('/dlp/profiles', {}, { ranged: false });
  if (profiles.error) return <ErrorState error={profiles.error} retry={profiles.refetch} />;
  if (profiles.isPending) return <Loading />;
  if (profiles.items.length === 0)
    return (
      <Panel title="Profiles">
        <EmptyState title="There is no profile, so nothing is read">
          A profile says which detectors read which traffic. Write one in <code>rules/local/dlp.yml</code>: begin with{' '}
          <code>request: log</code>, look at the findings, then redact or block.
        </EmptyState>
      </Panel>
    );
  return (
    <Stack gap="md">
      <Grid gap="md">
        {profiles.items.map((profile) => (
          <Grid.Col key={profile.id} span={{ base: 12, lg: 6 }}>
            <ProfilePanel profile={profile} />
          </Grid.Col>
        ))}
      </Grid>
      <Text size="sm" c="dimmed">
        Profiles are in <code>rules/local/dlp.yml</code>, and count once the file is saved. Several may read the same traffic: the
        strongest action counts. Traffic other than portal and approved can only be logged.
      </Text>
    </Stack>
  );
}

function ProfilePanel({ profile }: { profile: DlpProfile }) {
  const { id, request, response, traffic, detectors, except, threshold, count, comment } = fullProfile(profile);
  const limits = limitsOf(profile).map(([name, value]): Fact => [name, value]);
  return (
    <Panel title={id}>
      <Facts
        facts={[
          ['Requests', <ProfileAction key="request" action={request} />],
          ['Answers', <ProfileAction key="response" action={response} />],
          [
            'Traffic',
            <Group key="traffic" gap={6}>
              {traffic.map((each) => (
                <TrafficBadge key={each} traffic={each} />
              ))}
            </Group>,
          ],
          ['Looks for', <Untrusted key="detectors" text={detectors.join(', ')} mono />],
          ['But not for', except.length > 0 && <Untrusted key="except" text={except.join(', ')} mono />],
          ['From confidence', threshold],
          ['From', count > 1 && `${count} findings in one message; below, they are logged`],
          ...limits,
          ['Comment', comment],
        ]}
      />
    </Panel>
  );
}
