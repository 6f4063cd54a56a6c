// One entry of the audit log, with what changed.

import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { diffLines } from '../../../../diff-lines.ts';
import type { AuditEntry } from '../../../api/shapes.ts';
import { DetailDrawer } from '../../parts/detail-drawer.tsx';
import { DiffView } from '../../parts/diff-view.tsx';
import { Facts } from '../../parts/facts.tsx';
import { ServerName } from '../../parts/server-name.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { actorText, sideText } from './audit-words.ts';
import { OutcomeBadge } from './outcome-badge.tsx';

export function AuditDrawer({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const address = usePageAddress();
  const { action, outcome, reason, ts, object_type, before, after } = entry;
  return (
    <DetailDrawer title={<Untrusted text={action} mono />} onClose={onClose}>
      <Stack gap="md">
        <Facts
          facts={[
            [
              'Who',
              <Anchor inherit key="who" component={Link} href={address('/audit', { actor: entry.actor })}>
                <Untrusted text={actorText(entry)} />
              </Anchor>,
            ],
            ['When', <Time key="when" at={ts} form="full" />],
            ['On', <ObjectOf key="on" entry={entry} />],
            ['Kind', object_type],
            ['Why', reason],
            ['Outcome', <OutcomeBadge key="outcome" outcome={outcome} />],
            ['Appliance', entry.sensor],
          ]}
        />
        {before === '' && after === '' ? (
          <Text size="sm" c="dimmed">
            {outcome === 'success' ? 'Nothing was changed by it.' : 'Nothing was changed: it did not take place.'}
          </Text>
        ) : (
          <Stack gap={6}>
            <Text size="sm" fw={600}>
              Before (−) and after (+)
            </Text>
            <DiffView lines={diffLines(sideText(before), sideText(after))} label="What changed" />
          </Stack>
        )}
      </Stack>
    </DetailDrawer>
  );
}

/** What it was done to; a link where we have a page about it. */
function ObjectOf({ entry: { object_type, object_id } }: { entry: AuditEntry }) {
  const address = usePageAddress();
  if (object_id === '') return <span>–</span>;
  if (object_type === 'server') return <ServerName serverKey={object_id} />;
  const page = PAGES[object_type];
  if (page === undefined) return <Untrusted text={object_id} mono />;
  return (
    <Anchor inherit component={Link} href={address(page, { open: object_id })}>
      <Untrusted text={object_id} mono />
    </Anchor>
  );
}

const PAGES: Readonly<Record<string, string>> = {
  event: '/activity',
  finding: '/findings',
  request: '/requests',
  rule: '/rules',
};
