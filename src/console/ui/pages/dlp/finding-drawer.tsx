// One DLP finding: what, where, how sure, and the exchange that it was in.

import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { DlpMatch } from '../../../api/shapes.ts';
import { DetailDrawer } from '../../parts/detail-drawer.tsx';
import { Facts } from '../../parts/facts.tsx';
import { termFor } from '../../parts/filter-bar-text.ts';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { ServerName } from '../../parts/server-name.tsx';
import { Time } from '../../parts/time.tsx';
import { TrafficBadge } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { VerdictBadge } from '../../parts/verdict-badge.tsx';
import { usePageAddress } from '../../state/use-url.ts';

export function FindingDrawer({ finding, onClose }: { finding: DlpMatch; onClose: () => void }) {
  const address = usePageAddress();
  const { detector, severity, masked, disposition, action, policy_id, user_id, parent_id, server_key } = finding;
  return (
    <DetailDrawer title={<Untrusted text={detector} />} onClose={onClose}>
      <Stack gap="md">
        <Group gap="md">
          <LevelBadge level={severity} />
          <TrafficBadge traffic={finding.traffic} />
          <VerdictBadge verdict={disposition} />
        </Group>
        <Facts
          facts={[
            ['Masked value', <Untrusted key="masked" text={masked} mono />],
            ['Family', finding.category],
            ['Where', <Untrusted key="where" text={`${finding.direction}, ${finding.field}`} mono />],
            ['Length', `${finding.length} characters, at character ${finding.offset}`],
            ['Written as', finding.decoded],
            ['Confidence', finding.validated === 1 ? `${finding.confidence}, checked by its checksum` : finding.confidence],
            ['Profile', policy_id],
            ['Asked for', action],
            ['User', user_id === '' ? 'not identified' : user_id],
            ['Server', server_key !== '' && <ServerName key="server" serverKey={server_key} />],
            ['Host', finding.dst_host],
            ['Method', finding.mcp_method],
            ['Tool', finding.mcp_tool],
            ['Time', <Time key="time" at={finding.ts} form="full" />],
            ['Same value', <Untrusted key="hash" text={finding.match_hash} mono />],
          ]}
        />
        <Text size="xs" c="dimmed">
          The value itself is never shown. Findings of the same value have the same mark.
        </Text>
        <Group gap="md">
          <Anchor component={Link} size="sm" href={address('/activity', { open: parent_id })}>
            The exchange
          </Anchor>
          {user_id !== '' && (
            <Anchor component={Link} size="sm" href={address('/dlp', { filter: termFor('user', user_id) })}>
              All of this user
            </Anchor>
          )}
          {server_key !== '' && (
            <Anchor component={Link} size="sm" href={address('/dlp', { filter: termFor('server', server_key) })}>
              All with this server
            </Anchor>
          )}
          <Anchor component={Link} size="sm" href={address('/dlp', { view: 'detectors', open: detector })}>
            The detector
          </Anchor>
        </Group>
      </Stack>
    </DetailDrawer>
  );
}
