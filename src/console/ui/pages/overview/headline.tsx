// The numbers at the top, each against the span of the same length before, and a way to what is behind it.

import { Paper } from '@mantine/core';
import { Link } from 'wouter';
import type { Overview } from '../../../api/shapes.ts';
import { Stat } from '../../parts/stat.tsx';
import { usePageAddress } from '../../state/use-url.ts';
import { compact, counted, money } from '../../text/format.ts';
import classes from './headline.module.css';

export function Headline({ data: { headline, timeline, wouldBlock } }: { data: Overview }) {
  const address = usePageAddress();
  const activity = (filter: string) => address('/activity', { filter });
  const wayOf = (...classes: string[]) =>
    timeline.map(({ counts }) => classes.reduce((sum, name) => sum + (counts[name] ?? 0), 0));
  const all = timeline.map(({ counts: { none: _, ...counts } }) => Object.values(counts).reduce((sum, n) => sum + n, 0));
  return (
    <Paper component="section" withBorder className={classes.grid} aria-label="Headline numbers">
      <Stat
        label="MCP servers"
        value={compact(headline.mcpServers.value)}
        trend={headline.mcpServers}
        href={address('/servers')}
      />
      <Stat
        label="Shadow servers"
        value={compact(headline.shadowServers.value)}
        trend={headline.shadowServers}
        more="bad"
        href={address('/servers', { state: 'new' })}
      />
      <Stat label="Users" value={compact(headline.users.value)} trend={headline.users} href={address('/users')} />
      <Stat
        label="MCP requests"
        value={compact(headline.requests.value)}
        trend={headline.requests}
        points={all}
        href={address('/activity')}
      />
      <Stat
        label="Blocked"
        value={compact(headline.blocked.value)}
        trend={headline.blocked}
        href={activity('disposition:blocked')}
      />
      <Stat
        label="DLP findings"
        value={compact(headline.dlpFindings.value)}
        trend={headline.dlpFindings}
        more="bad"
        href={activity('dlp:>0')}
      />
      <Stat
        label="Hosted MCP calls"
        value={compact(headline.hosted.value)}
        trend={headline.hosted}
        points={wayOf('hosted')}
        href={activity('traffic:hosted')}
      />
      <Stat label="LLM tokens seen" value={compact(headline.tokens.value)} trend={headline.tokens} />
      <Stat label="LLM spend seen" value={money(headline.spend.value)} trend={headline.spend} />
      <Link href={activity('action:log -traffic:none')} className={classes.would}>
        <span className={classes.label}>Would be blocked</span>
        <span className={classes.value}>{compact(wouldBlock.requests)}</span>
        <span className={classes.about}>
          {counted(wouldBlock.users, 'user')}, {counted(wouldBlock.servers, 'server')}
        </span>
        <span className={classes.label}>if log meant block</span>
      </Link>
    </Paper>
  );
}
