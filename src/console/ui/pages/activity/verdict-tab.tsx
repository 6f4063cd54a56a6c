// Why: the sentence, the signals that speak for it, the rules that matched, the step of policy that decided, and what would change it.

import { Anchor, Group, List, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { EventDetails } from '../../../api/shapes.ts';
import { Confidence } from '../../parts/confidence.tsx';
import { Facts } from '../../parts/facts.tsx';
import { LevelBadge, type Tone, ToneBadge } from '../../parts/level-badge.tsx';
import { Time } from '../../parts/time.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';
import classes from './verdict-tab.module.css';

const WEIGHTS: Readonly<Record<string, Tone>> = { decisive: 'warn', strong: 'calm' };

const RANK = ['decisive', 'strong', 'weak', ''];

export function VerdictTab({ data: { event, explanation, server } }: { data: EventDetails }) {
  const { rules, policy, evidence, change } = explanation;
  const signals = explanation.signals.toSorted((one, other) => RANK.indexOf(one.weight) - RANK.indexOf(other.weight));
  const address = usePageAddress();
  return (
    <Stack gap="lg">
      <div>
        <Text>
          <Untrusted text={event.reason} />
        </Text>
        <Group gap="xs" mt={4}>
          <Text size="sm" c="dimmed">
            Confidence
          </Text>
          <Confidence value={event.confidence} />
        </Group>
      </div>
      <Part title="Signals">
        {signals.length === 0 && <None>No sign of MCP was seen.</None>}
        <ul className={classes.list}>
          {signals.map(({ id, weight, meaning }) => (
            <li key={id} className={classes.signal}>
              <ToneBadge tone={WEIGHTS[weight]}>{weight === '' ? 'unknown' : weight}</ToneBadge>
              <span>
                {meaning === '' ? 'A signal of another version.' : meaning}
                <small className={classes.id}>
                  <Untrusted text={id} />
                </small>
              </span>
            </li>
          ))}
        </ul>
      </Part>
      <Part title="Rules">
        {rules.length === 0 && <None>No rule matched.</None>}
        <ul className={classes.list}>
          {rules.map(({ id, title, level, description, evidence: lines }) => (
            <li key={id}>
              <Group gap="xs">
                <Anchor component={Link} href={address('/rules', { open: id })} size="sm" fw={600}>
                  <Untrusted text={title === '' ? id : title} />
                </Anchor>
                {level !== '' && <LevelBadge level={level} />}
              </Group>
              <Text size="sm" c="dimmed">
                {title === '' ? 'This rule is no longer in the pack.' : description}
              </Text>
              {title !== '' && <RuleEvidence lines={lines} />}
            </li>
          ))}
        </ul>
      </Part>
      <Part title="Policy">
        <Text size="sm">
          <Untrusted text={policy.text === '' ? policy.step : `${policy.text[0]?.toUpperCase()}${policy.text.slice(1)}.`} />{' '}
          {policy.id !== '' && <Untrusted text={policy.id} mono />}
        </Text>
      </Part>
      {server && (
        <Part title="Server">
          <Facts
            facts={[
              [
                'State',
                <Anchor inherit key="state" component={Link} href={address('/servers', { open: server.serverKey })}>
                  {server.state}
                </Anchor>,
              ],
              ['Calls itself', server.name],
              ['Users', plain(server.users)],
              ['Requests', plain(server.n)],
              ['First seen', <Time key="first" at={server.firstSeen} form="full" />],
              ['Last seen', <Time key="last" at={server.lastSeen} form="full" />],
            ]}
          />
        </Part>
      )}
      {evidence.length + change.length > 0 && (
        <Part title="What would change it">
          <List size="sm" spacing={4}>
            {evidence.map((point) => (
              <List.Item key={point}>
                <Untrusted text={point} />
              </List.Item>
            ))}
            {change.map((way) => (
              <List.Item key={way}>
                <Untrusted text={way} mono />
              </List.Item>
            ))}
          </List>
        </Part>
      )}
    </Stack>
  );
}

/** Which lines of the rule matched, by selection. */
function RuleEvidence({ lines }: { lines: EventDetails['explanation']['rules'][number]['evidence'] }) {
  if (lines.length === 0)
    return (
      <Text size="xs" c="dimmed">
        What is stored does not show why: the rule has changed since, or goes by what is absent.
      </Text>
    );
  return (
    <ul className={classes.evidence}>
      {lines.map(({ selection, field, value }) => (
        <li key={`${selection} ${field}`}>
          <span className={classes.selection}>{selection}</span>
          <span>
            {field} is <Untrusted text={value} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className={classes.title}>{title}</h3>
      {children}
    </section>
  );
}

function None({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}
