// The profiles: which traffic each reads, for what, and what happens then. What they do can be changed here; the rest of the file by hand.

import { Grid, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { DlpProfile } from '../../../api/shapes.ts';
import { useList } from '../../api/read.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorState } from '../../parts/error-state.tsx';
import { type Fact, Facts } from '../../parts/facts.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RoleButton } from '../../parts/role-button.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { ProfileAction } from './detectors-view.tsx';
import { fullProfile, limitsOf } from './profile-coverage.ts';
import { ProfileDialog } from './profile-dialog.tsx';

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
        Profiles are in <code>rules/local/dlp.yml</code>: a change here is written there, comments kept, and counts at once.
        Detectors, people and hosts of a profile are edited in the file. Several may read the same traffic: the strongest action
        counts. Traffic other than portal and approved can only be logged.
      </Text>
    </Stack>
  );
}

function ProfilePanel({ profile }: { profile: DlpProfile }) {
  const [changes, setChanges] = useState(false);
  const { id, request, response, traffic, detectors, except, threshold, count, comment } = fullProfile(profile);
  const limits = limitsOf(profile).map(([name, value]): Fact => [name, value]);
  return (
    <Panel
      title={id}
      actions={
        <RoleButton needs="operator" size="xs" variant="default" onClick={() => setChanges(true)}>
          Change …
        </RoleButton>
      }
    >
      {changes && <ProfileDialog profile={fullProfile(profile)} onClose={() => setChanges(false)} />}
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
