// What DLP found in the exchange: masked, never the value.

import { Stack, Text } from '@mantine/core';
import type { DlpMatch, FlowEvent } from '../../../api/shapes.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Facts } from '../../parts/facts.tsx';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { VerdictBadge } from '../../parts/verdict-badge.tsx';
import classes from './dlp-tab.module.css';

export function DlpTab({ event, findings }: { event: FlowEvent; findings: readonly DlpMatch[] }) {
  if (findings.length === 0) {
    const isCovered = event.traffic === 'portal' || event.traffic === 'approved';
    return (
      <EmptyState title="Nothing was found">
        {isCovered
          ? 'DLP read what it could of this exchange.'
          : 'DLP reads portal and approved traffic unless a profile says otherwise; this exchange was neither.'}
      </EmptyState>
    );
  }
  return (
    <Stack gap="sm">
      {findings.map((finding) => (
        <section key={finding.event_id} className={classes.finding}>
          <div className={classes.head}>
            <Text fw={600} size="sm">
              {finding.detector}
            </Text>
            <LevelBadge level={finding.severity} />
            <VerdictBadge verdict={finding.disposition} />
          </div>
          <Facts
            facts={[
              ['Masked', <Untrusted key="masked" text={finding.masked} mono />],
              ['Where', <Untrusted key="field" text={`${finding.direction}, ${finding.field}`} mono />],
              ['Confidence', finding.validated === 1 ? `${finding.confidence}, checked by its checksum` : finding.confidence],
              ['Written as', finding.decoded],
              ['Profile', finding.policy_id],
              ['Evidence', finding.evidence !== '' && 'sealed for the holder of the operator’s key'],
            ]}
          />
        </section>
      ))}
    </Stack>
  );
}
