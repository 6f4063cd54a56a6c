// What an event says, read back from each format that a sink can write.

import type { HttpFlowEvent } from '../../../src/engine/event.ts';
import type { FormatName } from '../../../src/sinks/formats/format.ts';
import { parseCef, parseLeef } from './grammar.ts';

export interface Content {
  id: string;
  user: string;
  groups: readonly string[];
  url: string;
  what: string;
  rule: string;
  start: number;
  end: number;
}

export function contentOf({ event_id, user_id, user_groups, url, disposition, rules, ts, duration_ms }: HttpFlowEvent): Content {
  return {
    ...{
      id: event_id,
      user: user_id,
      groups: user_groups,
      url,
      what: disposition,
      rule: rules[0] ?? '',
      start: ts,
      end: ts + duration_ms,
    },
  };
}

interface OcsfHttp {
  metadata: { uid: string };
  actor?: { user: { name: string; groups?: { name: string }[] } };
  http_request: { url?: { url_string: string } };
  disposition: string;
  firewall_rule?: { uid: string };
  start_time: number;
  end_time: number;
}

/** The words of OCSF for what happened. */
const WORDS: Readonly<Record<string, string>> = { Corrected: 'redacted', Error: 'failed' };

export const READ: Partial<Record<FormatName, (line: string) => Content>> = {
  native: (line) => contentOf(JSON.parse(line) as HttpFlowEvent),
  ocsf(line) {
    const { metadata, actor, http_request, disposition, firewall_rule, start_time, end_time } = JSON.parse(line) as OcsfHttp;
    return {
      id: metadata.uid,
      user: actor?.user.name ?? '',
      groups: actor?.user.groups?.map(({ name }) => name) ?? [],
      url: http_request.url?.url_string ?? '',
      what: WORDS[disposition] ?? disposition.toLowerCase(),
      rule: firewall_rule?.uid ?? '',
      start: start_time,
      end: end_time,
    };
  },
  ecs(line) {
    const { event, user, url, rule } = JSON.parse(line) as {
      event: { id: string; action: string; start: string; end: string };
      user?: { name: string; group?: { name: string[] } };
      url?: { full: string };
      rule?: { id: string };
    };
    return {
      ...{ id: event.id, user: user?.name ?? '', groups: user?.group?.name ?? [], url: url?.full ?? '', what: event.action },
      ...{ rule: rule?.id ?? '', start: Date.parse(event.start), end: Date.parse(event.end) },
    };
  },
  cef(line) {
    const { extension } = parseCef(line);
    const text = (key: string): string => extension.get(key) ?? '';
    return {
      ...{ id: text('externalId'), user: text('suser'), groups: text('cs4').split(',').filter(Boolean), url: text('request') },
      ...{ what: text('act'), rule: text('cs1'), start: Number(text('start')), end: Number(text('end')) },
    };
  },
  leef(line) {
    const { attributes } = parseLeef(line);
    const text = (key: string): string => attributes.get(key) ?? '';
    const start = Number(text('devTime'));
    return {
      ...{ id: text('eventId'), user: text('usrName'), groups: text('groupID').split(',').filter(Boolean), url: text('url') },
      ...{ what: text('disposition'), rule: text('rule'), start, end: Number.NaN },
    };
  },
};
