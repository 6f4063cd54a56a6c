// Blocks a server by its address, whatever the modes say: after a look at whom that would have met.

import { Checkbox, Text } from '@mantine/core';
import { useState } from 'react';
import type { PolicyChange } from '../../api/shapes.ts';
import { useSeenPolicy } from '../api/policy.ts';
import { useSimulation } from '../api/simulation.ts';
import { untilProblem } from '../text/day.ts';
import { originOf } from './approval-form.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { SimulationView } from './simulation-view.tsx';
import { UntilField } from './until-field.tsx';
import { Untrusted } from './untrusted.tsx';

/** @param url what is blocked: a URL, or `name:NAME` */
export function BlockDialog({ url, onClose }: { url: string; onClose: () => void }) {
  const [until, setUntil] = useState('');
  const [whole, setWhole] = useState(false);
  const [since, setSince] = useState('14d');
  const [again, setAgain] = useState(0);
  const { policy, apply } = useSeenPolicy();
  const origin = originOf(url);
  const target = whole && origin ? origin : url;
  const state = useSimulation(policy && { kind: 'block', url: target }, since, `${policy?.etag} ${again}`);
  const change: PolicyChange = { kind: 'block', url: target, ...(until === '' ? {} : { until }) };
  return (
    <ConfirmDialog
      title="Block the server"
      act="Block it"
      grave
      size="820px"
      waiting={untilProblem(until, true, Date.now()) ?? (state.is === 'running' ? 'The simulation comes first.' : undefined)}
      onClose={onClose}
      onConfirm={(comment) => apply(change, comment, 'The server is blocked.')}
    >
      <Text size="sm">
        Requests to <Untrusted text={target} mono /> and what lies below it are refused for everybody, whatever the modes say. A
        more specific approval, and an exception for the host, still count.
      </Text>
      {origin && (
        <Checkbox
          label={
            <>
              All of <Untrusted text={origin} mono />
            </>
          }
          checked={whole}
          onChange={(event) => setWhole(event.currentTarget.checked)}
        />
      )}
      <UntilField label="Until" value={until} onChange={setUntil} presets={[7, 30, 90]} />
      <SimulationView state={state} since={since} onSince={setSince} onAgain={() => setAgain(again + 1)} />
    </ConfirmDialog>
  );
}
