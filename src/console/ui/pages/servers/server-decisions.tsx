// What was decided about a server, and what speaks against it.

import { Stack, Text } from '@mantine/core';
import type { ServerDetails } from '../../../api/shapes.ts';
import { Facts } from '../../parts/facts.tsx';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ServerStateBadge } from '../../parts/server-state.tsx';
import { daysAway } from '../../text/day.ts';
import { approvedPeople, approvedTools } from '../policy/approval-words.ts';

export function ServerDecisions({ server }: { server: ServerDetails }) {
  const { state, owner, note, risk, approval, block } = server;
  return (
    <Panel title="How it stands">
      <Stack gap="sm">
        <Facts
          facts={[
            ['State', <ServerStateBadge key="state" state={state} />],
            ['Owner', owner],
            ['Note', note],
          ]}
        />
        {block && (
          <Facts
            facts={[
              ['Blocked', block.url],
              ['Until', untilWords(block.until)],
              ['Why', block.comment],
              ['By', block.by],
            ]}
          />
        )}
        {approval && (
          <Facts
            facts={[
              ['Approved', approval.url],
              ['For', approvedPeople(approval)],
              ['Tools', approvedTools(approval)],
              ['Others', approval.hideTools ? 'hidden from the list' : ''],
              ['Methods', approval.methods?.join(', ')],
              ['Road', approval.via === 'portal' ? 'through the portal only' : 'directly'],
              ['When', approval.when],
              ['Until', untilWords(approval.until)],
              ['Why', approval.comment],
              ['By', approval.by],
            ]}
          />
        )}
        <div>
          <Facts facts={[['Risk', <LevelBadge key="risk" level={risk.level} />]]} />
          {risk.reasons.length === 0 ? (
            <Text size="sm" c="dimmed" mt={4}>
              Nothing speaks against it.
            </Text>
          ) : (
            <ul style={{ margin: '6px 0 0', paddingLeft: 18, fontSize: 13 }}>
              {risk.reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          )}
        </div>
      </Stack>
    </Panel>
  );
}

function untilWords(until: string | undefined): string {
  return until === undefined ? 'for good' : `${until}, ${daysAway(until, Date.now())}`;
}
