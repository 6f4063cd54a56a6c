// What chat channels are told: only what a person wants to hear at once, and not the same thing again and again.
//
//   blocked exchange     once an hour for each user and server; one that DLP blocked is told by its matches
//   new shadow server    once for each server, as long as the process runs
//   DLP match            blocked, redacted, or of high or critical severity; once for each detector in an exchange
//   finding of a server  each
//
// An event that was told is told again when it comes again: a sink may have to send it twice.

import type { DlpMatchEvent, Event, HttpFlowEvent } from '../../engine/event.ts';
import { matchMessage } from './facts.ts';
import { isAlert, type Level, levelOf } from './level.ts';
import { cut, oneLine } from './plain-text.ts';
import { titleOf } from './title.ts';

/** All of it is plain text on one line each, in which nothing is hidden. */
export interface News {
  title: string;
  level: Level;
  text: string;
  facts: readonly (readonly [label: string, value: string])[];
}

interface Told {
  eventId: string;
  ts: number;
}

const HOUR = 3_600_000;
/** What is remembered at most; then the oldest is forgotten, and may be told once more. */
const MOST_REMEMBERED = 10_000;
const LONGEST_TEXT = 500;
const LONGEST_FACT = 250;

export function createNews(): (event: Event) => News | undefined {
  const told = new Map<string, Told>();

  function isNew(key: string, { event_id: eventId, ts }: Event, ms: number): boolean {
    const before = told.get(key);
    if (before !== undefined && before.eventId !== eventId && ts - before.ts < ms) return false;
    told.delete(key);
    told.set(key, { eventId, ts });
    if (told.size > MOST_REMEMBERED) told.delete(told.keys().next().value ?? '');
    return true;
  }

  return (event) => {
    switch (event.kind) {
      case 'http_flow': {
        const { user_id, server_key, dst_host, policy_step, traffic, disposition } = event;
        const server = server_key || dst_host;
        if (disposition === 'blocked')
          return policy_step !== 'dlp' && isNew(`blocked ${user_id} ${server}`, event, HOUR)
            ? flowNews(event, 'Blocked')
            : undefined;
        const isShadow = traffic === 'shadow' || traffic === 'bypass';
        return isShadow && isNew(`seen ${traffic} ${server}`, event, Number.POSITIVE_INFINITY)
          ? flowNews(event, 'New')
          : undefined;
      }
      case 'dlp_match':
        return isAlert(event) && isNew(`dlp ${event.parent_id} ${event.detector}`, event, HOUR) ? matchNews(event) : undefined;
      case 'server_finding':
        return {
          ...headOf(event),
          text: cut(oneLine(event.summary), LONGEST_TEXT),
          facts: factsIn({ Server: event.server_key, Tool: event.tool, Checks: event.checks.join(', '), Time: timeOf(event) }),
        };
      default:
        return undefined;
    }
  };
}

function flowNews(event: HttpFlowEvent, word: string): News {
  const { title, level } = headOf(event);
  return {
    title: `${word}: ${title}`,
    level,
    text: cut(oneLine(event.reason), LONGEST_TEXT),
    facts: factsIn({
      User: event.user_id || event.src_ip,
      Server: event.server_key || event.dst_host,
      Call: [event.mcp_method, event.mcp_tool].filter(Boolean).join(' '),
      Client: event.mcp_client_name,
      Rule: event.rules.join(', '),
      'What happened': event.disposition,
      Time: timeOf(event),
      Event: event.event_id,
    }),
  };
}

function matchNews(event: DlpMatchEvent): News {
  return {
    ...headOf(event),
    text: cut(oneLine(matchMessage(event)), LONGEST_TEXT),
    facts: factsIn({
      User: event.user_id,
      Server: event.server_key || event.dst_host,
      Call: [event.mcp_method, event.mcp_tool].filter(Boolean).join(' '),
      Found: event.masked,
      'What happened': event.disposition,
      Time: timeOf(event),
      Event: event.parent_id,
    }),
  };
}

function headOf(event: Parameters<typeof titleOf>[0]): Pick<News, 'title' | 'level'> {
  return { title: titleOf(event).title, level: levelOf(event) };
}

function factsIn(facts: Record<string, string>): News['facts'] {
  return Object.entries(facts)
    .filter(([, value]) => value !== '')
    .map(([label, value]) => [label, cut(oneLine(value), LONGEST_FACT)] as const);
}

function timeOf({ ts }: Event): string {
  return new Date(ts).toISOString();
}
