// What the health of the appliance comes to: a few signs, each in a few words, and whether somebody has to act.

import type { Health } from '../../../api/shapes.ts';
import { bytes, duration, plain, span, utc } from '../../text/format.ts';

export interface HealthSign {
  name: string;
  text: string;
  /** More about it, and what to do. */
  detail: string;
  trouble: boolean;
}

const DAY = 86_400_000;
/** Milliseconds before a CA ends at which somebody should act. */
const CA_WARNING = 30 * DAY;
/** Milliseconds that events may wait. */
const LAG_WARNING = 60_000;

function sinksSign({ count, lagMs, failing }: Health['sinks']): HealthSign {
  const late = lagMs > LAG_WARNING;
  return {
    name: count === 1 ? 'Sink' : 'Sinks',
    text: failing.length > 0 ? `${failing.length} of ${count} failing` : late ? `${duration(lagMs)} behind` : `${count} sending`,
    detail:
      failing.length > 0
        ? `${failing.join(', ')}: the receiver takes nothing. Events wait on disk; the page Sinks says why.`
        : `The one that is furthest behind waits for ${duration(lagMs)}.`,
    trouble: failing.length > 0 || late,
  };
}

/** @param now epoch milliseconds */
export function healthSigns(health: Health, now: number): HealthSign[] {
  const { proxy, ca, rules, spool, clickhouse, sinks, policy } = health;
  const left = ca.expires - now;
  const late = spool.lagMs > LAG_WARNING;
  return [
    {
      name: 'Proxy',
      text: proxy.workers === 0 ? 'is down' : `${proxy.workers} ${proxy.workers === 1 ? 'worker' : 'workers'}`,
      detail: proxy.connections === undefined ? '' : `${plain(proxy.connections)} open connections`,
      trouble: proxy.workers === 0,
    },
    {
      name: 'Mode',
      text: policy.pauseUntil === null ? policy.default : 'paused',
      detail:
        policy.pauseUntil === null
          ? 'What happens on a match unless policy is more specific.'
          : `Until ${utc(policy.pauseUntil)}.`,
      trouble: policy.pauseUntil !== null,
    },
    {
      name: 'Rules',
      text: plain(rules.count),
      detail: `Version ${rules.snapshot.slice(0, 12)} of rules and policy is in force.`,
      trouble: rules.count === 0,
    },
    {
      name: 'CA',
      text: left <= 0 ? 'has expired' : `good for ${left > DAY ? `${plain(Math.floor(left / DAY))} days` : span(left)}`,
      detail: `${ca.subject}, until ${utc(ca.expires).slice(0, 10)}.${left < CA_WARNING ? ' Renew it: bin/daylight ca rotate' : ''}`,
      trouble: left < CA_WARNING,
    },
    {
      name: 'Spool',
      text: spool.pendingBytes === 0 ? 'empty' : `${bytes(spool.pendingBytes)} waiting`,
      detail: late
        ? `Events wait for ${duration(spool.lagMs)}: ClickHouse is slow or out of reach. None is lost while the disk has room.`
        : `Newest event waits for ${duration(spool.lagMs)}.`,
      trouble: late,
    },
    {
      name: 'ClickHouse',
      text: clickhouse.ready ? 'ready' : 'not ready',
      detail: clickhouse.message,
      trouble: !clickhouse.ready,
    },
    ...(sinks.count === 0 ? [] : [sinksSign(sinks)]),
  ];
}
