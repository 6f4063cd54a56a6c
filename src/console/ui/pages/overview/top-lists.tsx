// Who and what is seen most: shadow servers, users, tools. A bar behind each says how much of the first it is.

import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Overview } from '../../../api/shapes.ts';
import { termFor } from '../../parts/filter-bar-text.ts';
import { Panel } from '../../parts/panel.tsx';
import { trafficColor } from '../../parts/traffic-badge.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { compact, counted } from '../../text/format.ts';
import classes from './top-lists.module.css';

type Top = Overview['top'];

const SHOWN = 6;

export function TopServers({ servers }: { servers: Top['servers'] }) {
  const address = usePageAddress();
  const entries = servers.slice(0, SHOWN).map(({ serverKey, name, traffic, n, users, blocked }) => ({
    key: serverKey,
    href: address('/servers', { open: serverKey }),
    title: <Untrusted text={serverKey.replace(/^https:\/\//, '')} cut />,
    about: (
      <>
        {traffic}, {counted(users, 'user')}
        {blocked > 0 && `, ${compact(blocked)} blocked`}
        {name !== '' && (
          <>
            , calls itself <Untrusted text={name} />
          </>
        )}
      </>
    ),
    n,
    color: trafficColor(traffic),
  }));
  return (
    <Panel title="Top shadow servers" about="Use that no approval covers">
      <Entries entries={entries} empty="No shadow server in this span." />
    </Panel>
  );
}

export function TopUsers({ users }: { users: Top['users'] }) {
  const address = usePageAddress();
  const entries = users.slice(0, SHOWN).map(({ user, n, servers, blocked }) => ({
    key: user,
    href: address('/users', { open: user }),
    title: <Untrusted text={user === '' ? 'nobody identified' : user} cut />,
    about: (
      <>
        {counted(servers, 'server')}
        {blocked > 0 && `, ${compact(blocked)} blocked`}
      </>
    ),
    n,
    color: 'var(--calm)',
  }));
  return (
    <Panel title="Top users" about="By MCP requests">
      <Entries entries={entries} empty="Nobody used MCP in this span." />
    </Panel>
  );
}

export function TopTools({ tools }: { tools: Top['tools'] }) {
  const address = usePageAddress();
  const entries = tools.slice(0, SHOWN).map(({ tool, serverKey, n, users }) => ({
    key: `${tool} ${serverKey}`,
    href: address('/activity', { filter: `${termFor('tool', tool)} ${termFor('server', serverKey)}` }),
    title: <Untrusted text={tool} mono cut />,
    about: (
      <>
        {counted(users, 'user')}, on <Untrusted text={hostOf(serverKey)} />
      </>
    ),
    n,
    color: 'var(--calm)',
  }));
  return (
    <Panel title="Top tools" about="By calls">
      <Entries entries={entries} empty="No tool was called in this span." />
    </Panel>
  );
}

interface Entry {
  key: string;
  href: string;
  title: ReactNode;
  about: ReactNode;
  n: number;
  color: string;
}

function Entries({ entries, empty }: { entries: readonly Entry[]; empty: string }) {
  if (entries.length === 0)
    return (
      <Text size="sm" c="dimmed" py="md">
        {empty}
      </Text>
    );
  const most = Math.max(...entries.map(({ n }) => n));
  return (
    <ol className={classes.list}>
      {entries.map(({ key, href, title, about, n, color }) => (
        <li key={key}>
          <Link href={href} className={classes.entry}>
            <span className={classes.title}>{title}</span>
            <span className={classes.count}>{compact(n)}</span>
            <span className={classes.track} aria-hidden>
              <span className={classes.bar} style={{ width: `${(100 * n) / most}%`, background: color }} />
            </span>
            <span className={classes.about}>{about}</span>
          </Link>
        </li>
      ))}
    </ol>
  );
}

function hostOf(serverKey: string): string {
  return URL.parse(serverKey)?.host ?? serverKey;
}
