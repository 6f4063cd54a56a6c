// What a change of policy would have done to what was recorded: how far it is, then who and what would be blocked, newly or no longer, how
// sure the verdicts are, and what approvals and exceptions save.

import { Alert, Anchor, Button, Group, Progress, Select, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Simulated } from '../../api/shapes.ts';
import { faultText } from '../api/change-policy.ts';
import type { SimulationState } from '../api/simulation.ts';
import { usePageAddress } from '../state/use-url.ts';
import { counted, localTime, plain } from '../text/format.ts';
import classes from './simulation-view.module.css';
import { confidenceSpread, simulationCautions, simulationHeadline } from './simulation-words.ts';
import { Untrusted } from './untrusted.tsx';

const SPANS = [
  { value: '24h', label: 'the last 24 hours' },
  { value: '7d', label: 'the last 7 days' },
  { value: '14d', label: 'the last 14 days' },
  { value: '30d', label: 'the last 30 days' },
];

interface SimulationViewProps {
  state: SimulationState;
  since: string;
  onSince: (since: string) => void;
  onAgain?: () => void;
}

export function SimulationView({ state, since, onSince, onAgain }: SimulationViewProps) {
  return (
    <Stack gap="sm">
      <Group gap={8}>
        <Text fw={600} size="sm">
          What it would have done in
        </Text>
        <Select
          size="xs"
          w={150}
          aria-label="Which time is tried"
          data={SPANS}
          value={since}
          onChange={(value) => value && onSince(value)}
          allowDeselect={false}
          comboboxProps={{ withinPortal: true }}
        />
      </Group>
      <div aria-live="polite">
        {state.is === 'running' && <Running {...state} />}
        {state.is === 'failed' && (
          <Alert color="red" variant="light" title="The simulation failed">
            <Stack gap="xs" align="flex-start">
              <Untrusted text={faultText(state.error)} />
              {onAgain && (
                <Button size="xs" variant="default" onClick={onAgain}>
                  Try again
                </Button>
              )}
            </Stack>
          </Alert>
        )}
        {state.is === 'done' && <Result result={state.result} />}
      </div>
    </Stack>
  );
}

function Running({ share, events }: { share: number; events: number }) {
  return (
    <div>
      <Progress value={Math.max(3, share * 100)} animated aria-label="Progress of the simulation" />
      <Text size="xs" c="dimmed" mt={4}>
        {events === 0 ? 'Reading what was recorded …' : `${plain(events)} events decided again`}
      </Text>
    </div>
  );
}

function Result({ result }: { result: Simulated }) {
  const { tone, text } = simulationHeadline(result);
  const now = Date.now();
  const extent = result.blocked.requests > 0 ? result.blocked : result.no_longer_blocked;
  const isQuiet = result.blocked.requests === 0 && result.no_longer_blocked.requests === 0;
  return (
    <Stack gap="sm">
      <div className={classes.headline} data-tone={tone}>
        {text}
      </div>
      {!isQuiet && (
        <>
          <div className={classes.figures}>
            <Figure title="would be blocked" extent={result.blocked} />
            <Figure title="of these, pass today" extent={result.newly_blocked} />
            <Figure title="blocked today, would pass" extent={result.no_longer_blocked} />
          </div>
          <div className={classes.lists}>
            <Names
              title="Users"
              entries={result.users}
              total={extent.users}
              render={({ name }) => <Untrusted text={name} cut />}
            />
            <Names
              title="Servers"
              entries={result.servers}
              total={extent.servers}
              render={({ name }) => <Untrusted text={shortKey(name)} mono cut />}
            />
            <Names
              title="Tools"
              entries={result.tools}
              total={extent.tools}
              render={({ name, server }) => <Untrusted text={server === '' ? name : `${name} · ${shortKey(server)}`} mono cut />}
            />
            <Names
              title="Rules"
              entries={result.rules}
              total={result.rules.length}
              render={({ name, title }) => <Untrusted text={title || name} cut />}
            />
          </div>
          {result.blocked.requests > 0 && <Spread confidence={result.confidence} />}
        </>
      )}
      {result.saved.length > 0 && (
        <Text size="sm">
          Approvals and exceptions let pass what the modes alone would block:{' '}
          {result.saved.slice(0, 3).map(({ by, id, requests }, at) => (
            <span key={`${by} ${id}`}>
              {at > 0 && ', '}
              {plain(requests)} by {by} <Untrusted text={shortKey(id)} mono />
            </span>
          ))}
          {result.saved.length > 3 && ', …'}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {result.events > 0 &&
          `${plain(result.events)} events from ${localTime(result.first, 'full', now)} to ${localTime(result.last, 'full', now)} were decided again. `}
        {simulationCautions(result).join(' ')}
      </Text>
    </Stack>
  );
}

function Figure({ title, extent }: { title: string; extent: Simulated['blocked'] }) {
  return (
    <div className={classes.figure}>
      <b>{plain(extent.requests)}</b>
      {title}
      <br />
      <span>
        {counted(extent.users, 'user')} · {counted(extent.servers, 'server')} · {counted(extent.tools, 'tool')}
      </span>
    </div>
  );
}

const MOST = 5;

interface NamesProps<Entry> {
  title: string;
  entries: readonly Entry[];
  /** How many there are in all. */
  total: number;
  render: (entry: Entry) => ReactNode;
}

function Names<Entry extends Simulated['users'][number] & { server?: string }>({
  title,
  entries,
  total,
  render,
}: NamesProps<Entry>) {
  const address = usePageAddress();
  if (entries.length === 0) return null;
  const amount = ({ requests, no_longer }: Entry) => requests || no_longer;
  const top = Math.max(1, ...entries.map(amount));
  return (
    <fieldset className={classes.plain} aria-label={title}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <ul className={classes.list}>
        {entries.slice(0, MOST).map((entry) => {
          const { name, requests, newly, no_longer, events, server } = entry;
          return (
            <li
              key={`${name} ${server ?? ''}`}
              data-gone={requests === 0 || undefined}
              style={{ ['--share' as string]: `${(amount(entry) / top) * 100}%` }}
            >
              <span className={classes.name}>{render(entry)}</span>
              <span className={classes.number}>
                <b>{plain(requests || no_longer)}</b>{' '}
                <span>{requests === 0 ? 'would pass' : newly === requests ? 'all new' : `${plain(newly)} new`}</span>
              </span>
              {events[0] !== undefined && (
                <Anchor component={Link} href={address('/activity', { open: events[0] })} target="_blank" fz="xs">
                  example
                </Anchor>
              )}
            </li>
          );
        })}
      </ul>
      {total > MOST && (
        <Text size="xs" c="dimmed" px={6}>
          and {plain(total - Math.min(MOST, entries.length))} more
        </Text>
      )}
    </fieldset>
  );
}

function Spread({ confidence }: { confidence: readonly number[] }) {
  return (
    <fieldset className={classes.plain} aria-label="How sure the verdicts are">
      <Text size="sm" fw={600}>
        How sure the verdicts are
      </Text>
      <ul className={classes.spread}>
        {confidenceSpread(confidence).map(({ label, n, share, sure }) => (
          <li key={label}>
            {plain(n)}
            <span className={classes.column} aria-hidden>
              <span
                className={classes.bar}
                data-sure={sure || undefined}
                style={{ height: `${n > 0 ? Math.max(4, share * 100) : 0}%` }}
              />
            </span>
            {label}
          </li>
        ))}
      </ul>
      <Text size="xs" c="dimmed">
        Requests by confidence. From 75 on, the evidence is enough to name the traffic; look at what lies below before you block
        it.
      </Text>
    </fieldset>
  );
}

function shortKey(key: string): string {
  return key.replace(/^https:\/\//, '');
}
