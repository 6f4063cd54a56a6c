// Changes a mode in the order of care: first what it would have done to the recorded traffic, for exactly the people and the share that are
// chosen; then, with a reason, the change itself. A change of the form asks the simulation anew.

import { Checkbox, Collapse, Group, Input, SegmentedControl, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { Mode } from '../../../../engine/policy/schema.ts';
import { useSeenPolicy } from '../../api/policy.ts';
import { useMay } from '../../api/session.ts';
import { useSimulation } from '../../api/simulation.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { NamesField } from '../../parts/names-field.tsx';
import { SimulationView } from '../../parts/simulation-view.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { dayIn } from '../../text/day.ts';
import { Limits } from './limits.tsx';
import { isLasting, limitsOf, type ModeForm, modeChange, modeFormProblem, newModeForm } from './mode-form.ts';

export interface ModeAsked {
  /** A rule's id, a tag, a class of traffic, or default. */
  target: string;
  /** As people know it. */
  title: string;
  from: Mode;
  to: Mode;
}

/** Milliseconds without typing after which the simulation is asked. */
const QUIET_MS = 500;

export function ModeDialog({ asked, onClose }: { asked: ModeAsked; onClose: () => void }) {
  const { target, title, from, to } = asked;
  const [form, setForm] = useState(() => newModeForm(to));
  const [since, setSince] = useState('14d');
  const [again, setAgain] = useState(0);
  const [unseen, setUnseen] = useState(false);
  const may = useMay('operator');
  const { policy, apply } = useSeenPolicy();
  const problem = modeFormProblem(form, Date.now());
  const change = modeChange(target, form);
  const [question] = useDebouncedValue(JSON.stringify(change), QUIET_MS);
  const isCurrent = question === JSON.stringify(change);
  const state = useSimulation(problem || !policy ? undefined : JSON.parse(question), since, `${policy?.etag} ${again}`);
  const isTold = isCurrent && (state.is === 'done' || (state.is === 'failed' && unseen));
  const set = (changes: Partial<ModeForm>) => setForm((before) => ({ ...before, ...changes }));
  const limits = limitsOf(change);

  const body = (
    <Stack>
      <Text size="sm">
        <b>
          <Untrusted text={title} />
        </b>{' '}
        is <b>{from}</b> now and becomes <b>{form.mode}</b>
        {limits.length === 0 ? ' for everybody, from now on' : <Limits parts={limits} />}
        {'. '}
        {isLasting(form) && 'Shares and dates that were set for the same people before end with it.'}
      </Text>
      <ModeFields form={form} onChange={set} />
      {problem && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {problem}
        </Text>
      )}
      <SimulationView
        state={isCurrent ? state : { is: 'running', share: 0, events: 0 }}
        since={since}
        onSince={setSince}
        onAgain={() => setAgain(again + 1)}
      />
      {state.is === 'failed' && may && (
        <Checkbox
          label="Apply without having seen what would happen"
          checked={unseen}
          onChange={(event) => setUnseen(event.currentTarget.checked)}
        />
      )}
    </Stack>
  );

  return (
    <ConfirmDialog
      title={may ? `Change the mode to ${form.mode}` : `What if the mode were ${form.mode}?`}
      act={form.after === '' ? `Set to ${form.mode}` : `Schedule ${form.mode}`}
      grave={form.mode === 'block'}
      size="860px"
      {...(may ? {} : { comment: '' })}
      ready={isTold && !problem}
      waiting={may ? (isTold ? undefined : 'The simulation comes first.') : 'Changing modes needs the role operator.'}
      onClose={onClose}
      onConfirm={(comment) =>
        apply(change, comment, form.after === '' ? `${title}: ${form.mode} now.` : `${title}: ${form.mode} from ${form.after}.`)
      }
    >
      {body}
    </ConfirmDialog>
  );
}

const SHARES = [1, 5, 10, 25, 50, 100];

function ModeFields({ form, onChange }: { form: ModeForm; onChange: (changes: Partial<ModeForm>) => void }) {
  const [more, setMore] = useState(false);
  const now = Date.now();
  return (
    <Stack gap="sm">
      <Group gap="lg" align="flex-start">
        <Input.Wrapper label="For how many" size="xs" labelElement="div" styles={{ label: { display: 'block' } }}>
          <SegmentedControl
            size="xs"
            aria-label="For how many of the clients"
            data={SHARES.map((share) => ({ value: String(share), label: share === 100 ? 'all' : `${share} %` }))}
            value={String(form.share)}
            onChange={(value) => onChange({ share: Number(value) })}
          />
        </Input.Wrapper>
        <TextInput
          label="From"
          description={form.after === '' ? 'at once' : undefined}
          type="date"
          size="xs"
          min={dayIn(1, now)}
          value={form.after}
          onChange={(event) => onChange({ after: event.currentTarget.value })}
          inputWrapperOrder={['label', 'input', 'description']}
        />
        <TextInput
          label="Until"
          description={form.until === '' ? 'for good' : undefined}
          type="date"
          size="xs"
          min={dayIn(0, now)}
          value={form.until}
          onChange={(event) => onChange({ until: event.currentTarget.value })}
          inputWrapperOrder={['label', 'input', 'description']}
        />
      </Group>
      {form.share < 100 && (
        <Text size="xs" c="dimmed">
          Always the same clients; a larger share holds everybody who was in the smaller one.
        </Text>
      )}
      <div>
        <UnstyledButton aria-expanded={more} onClick={() => setMore(!more)}>
          <Text size="sm" c="var(--mantine-color-anchor)">
            {more ? '▾' : '▸'} Only for some people or places
          </Text>
        </UnstyledButton>
        <Collapse expanded={more}>
          <Group grow mt="xs" align="flex-start">
            <NamesField size="xs" label="Groups" names={form.groups} onChange={(groups) => onChange({ groups })} hint="finance" />
            <NamesField
              size="xs"
              label="Users"
              names={form.users}
              onChange={(users) => onChange({ users })}
              hint="ann@example.com"
            />
          </Group>
          <Group grow mt="xs" align="flex-start">
            <NamesField
              size="xs"
              label="Networks"
              names={form.networks}
              onChange={(networks) => onChange({ networks })}
              hint="10.20.0.0/16"
            />
            <NamesField
              size="xs"
              label="Hosts"
              names={form.hosts}
              onChange={(hosts) => onChange({ hosts })}
              hint="*.example.com"
            />
          </Group>
        </Collapse>
      </div>
    </Stack>
  );
}
