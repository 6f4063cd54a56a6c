// What of policy changes by itself: modes that begin or end, approvals, blocks and exceptions that run out, the soonest first.

import { endOf } from '../../../../engine/policy/date.ts';
import type { ModeEntry, Policy } from '../../../../engine/policy/schema.ts';
import { limitsOf } from './mode-form.ts';

export interface PolicyDate {
  /** Unique among them. */
  key: string;
  /** The day or moment, as it stands in policy. */
  date: string;
  /** `begins`: it counts from then on. `ends`: that is the last day. */
  what: 'begins' | 'ends';
  kind: 'mode' | 'approval' | 'block' | 'exception' | 'pause';
  /** A class, tag or rule, a server, or an exception's id. */
  subject: string;
  /** What happens, or ends. */
  text: string;
  comment: string;
  by: string;
}

/** @param titles of rules, by id @param now epoch milliseconds */
export function policyDates(
  policy: Pick<Policy, 'approved' | 'modes' | 'exceptions'>,
  titles: ReadonlyMap<string, string>,
  now: number,
): PolicyDate[] {
  const { approved, modes, exceptions } = policy;
  const dates: Omit<PolicyDate, 'key'>[] = [
    ...modes.modes.flatMap((line) => datesOf(line, titles, now)),
    ...approved.servers.map(({ url, until, groups, users, comment, by }) => ({
      ...dated(until, 'approval', url),
      text: limitsOf({ groups, users })[0] ?? 'for everybody',
      comment: comment ?? '',
      by: by ?? '',
    })),
    ...modes.blocked.map(({ url, until, comment, by }) => ({
      ...dated(until, 'block', url),
      text: 'for everybody',
      comment: comment ?? '',
      by: by ?? '',
    })),
    ...exceptions.exceptions.map(({ id, rule, host, user, until, comment, by }) => ({
      ...dated(until, 'exception', id),
      text: [
        rule !== undefined && `rule ${titles.get(rule) ?? rule}`,
        host !== undefined && `host ${host}`,
        user !== undefined && `user ${user}`,
      ]
        .filter((part) => part !== false)
        .join(', '),
      comment,
      by,
    })),
    ...(modes.pause
      ? [
          {
            ...dated(modes.pause.until, 'pause', 'pause'),
            text: 'protection is off',
            comment: modes.pause.comment,
            by: modes.pause.by ?? '',
          },
        ]
      : []),
  ];
  return dates
    .filter(({ date }) => date !== '' && endOf(date) > now)
    .sort((one, other) => endOf(one.date) - endOf(other.date))
    .map((entry, at) => ({ ...entry, key: `${at} ${entry.kind} ${entry.subject} ${entry.what}` }));
}

function dated(until: string | undefined, kind: PolicyDate['kind'], subject: string) {
  return { date: until ?? '', what: 'ends' as const, kind, subject };
}

/** A line may begin and end. */
function datesOf(line: ModeEntry, titles: ReadonlyMap<string, string>, now: number): Omit<PolicyDate, 'key'>[] {
  const { after, until, mode, comment = '', by = '' } = line;
  const subject = (line.rule && (titles.get(line.rule) ?? line.rule)) ?? line.tag ?? line.traffic ?? 'default';
  const { after: _, until: __, ...rest } = line;
  const entry = { kind: 'mode' as const, subject, text: [mode, ...limitsOf(rest)].join(' '), comment, by };
  return [
    ...(after !== undefined && Date.parse(after) > now ? [{ ...entry, date: after, what: 'begins' as const }] : []),
    ...(until !== undefined ? [{ ...entry, date: until, what: 'ends' as const }] : []),
  ];
}
