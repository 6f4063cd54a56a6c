// One finding: what it is about, what it is made of, and how far it is with it. N and P go to the next and the one before, A acknowledges,
// R resolves.

import { Anchor, Button, Group, Kbd, Stack, Text } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';
import { Link } from 'wouter';
import type { Finding, FindingChange, ServerDetails } from '../../../api/shapes.ts';
import { useRead } from '../../api/read.ts';
import { useMay } from '../../api/session.ts';
import { DetailDrawer } from '../../parts/detail-drawer.tsx';
import { Facts } from '../../parts/facts.tsx';
import { LevelBadge } from '../../parts/level-badge.tsx';
import { Section } from '../../parts/section.tsx';
import { ServerName } from '../../parts/server-name.tsx';
import { Time } from '../../parts/time.tsx';
import { ToolChange } from '../../parts/tool-change.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { plain } from '../../text/format.ts';
import { FindingForm, isTyped } from './finding-form.tsx';
import { FindingStateBadge } from './finding-state.tsx';
import { FINDING_KINDS, findingFilter } from './finding-words.ts';
import { useNoteFinding } from './use-note-finding.ts';

interface FindingDrawerProps {
  finding: Finding;
  /** `3 of 17` */
  place: string;
  previous: string | undefined;
  next: string | undefined;
  onGo: (id: string) => void;
  onClose: () => void;
}

export function FindingDrawer({ finding, place, previous, next, onGo, onClose }: FindingDrawerProps) {
  const { kind, level, serverKey, user, summary, count, firstSeen, lastSeen, state } = finding;
  const address = usePageAddress();
  const may = useMay('analyst');
  const save = useNoteFinding(finding.id);
  const [draft, setDraft] = useState({ assignee: finding.assignee, note: finding.note });
  const typed = isTyped(finding, draft);
  const isAboutTools = kind === 'tool-changed' || kind === 'tool-suspicious';

  // The drawer is modal, so the shortcuts of the page rest; its own come from wherever the focus is in it.
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
    const change = (to: FindingChange['state']) => may && save.mutate({ state: to });
    if (event.key === 'n' && next && !typed) onGo(next);
    else if (event.key === 'p' && previous && !typed) onGo(previous);
    else if (event.key === 'a') change('acknowledged');
    else if (event.key === 'r') change('resolved');
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  return (
    <DetailDrawer
      title={
        <Group gap="sm">
          <LevelBadge level={level} /> <span>{FINDING_KINDS[kind]}</span> <FindingStateBadge state={state} />
        </Group>
      }
      onClose={onClose}
    >
      <Stack gap="lg">
        <Group gap="xs">
          <Button size="xs" variant="default" disabled={!previous || typed} onClick={() => previous && onGo(previous)}>
            Previous{' '}
            <Kbd size="xs" ml={8}>
              p
            </Kbd>
          </Button>
          <Button size="xs" variant="default" disabled={!next || typed} onClick={() => next && onGo(next)}>
            Next{' '}
            <Kbd size="xs" ml={8}>
              n
            </Kbd>
          </Button>
          <Text size="sm" c="dimmed">
            {typed ? 'Save what you typed first.' : place}
          </Text>
          <Anchor component={Link} ml="auto" size="sm" href={address('/activity', { filter: findingFilter(finding) })}>
            Show the requests
          </Anchor>
        </Group>
        <Section title="What it is">
          <Text size="sm" mb="sm">
            <Untrusted text={summary} />
          </Text>
          <Facts
            facts={[
              ['Server', serverKey === '' ? '' : <ServerName key="server" serverKey={serverKey} />],
              ['User', user],
              ['Times', plain(count)],
              ['First seen', <Time key="first" at={firstSeen} form="full" />],
              ['Last seen', <Time key="last" at={lastSeen} form="full" />],
            ]}
          />
        </Section>
        {isAboutTools && <Changes serverKey={serverKey} kind={kind} />}
        <Section title="How far it is">
          <FindingForm finding={finding} draft={draft} onDraft={setDraft} save={save} />
        </Section>
      </Stack>
    </DetailDrawer>
  );
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(input|textarea|select)$/i.test(target.tagName);
}

const MOST = 5;

function Changes({ serverKey, kind }: { serverKey: string; kind: Finding['kind'] }) {
  const { data } = useRead<ServerDetails>('/servers/one', { key: serverKey }, { everySeconds: 0 });
  const changes = data?.changes.filter(({ finding }) => finding === kind).slice(0, MOST) ?? [];
  if (changes.length === 0) return null;
  return (
    <Section title="What the server says">
      <Stack gap="md">
        {changes.map((change) => (
          <ToolChange key={change.event_id} change={change} />
        ))}
      </Stack>
    </Section>
  );
}
