// An HTTP Event Collector as Splunk's documentation describes it ("Format events for HTTP Event Collector", "About HTTP Event Collector
// Indexer Acknowledgment", "Troubleshoot HTTP Event Collector"): strict about what it takes, with the documented codes.

import type { ServerResponse } from 'node:http';
import { answerJson, type HttpReceiver, type Received, startHttpReceiver } from './http-receiver.ts';

export interface CollectorEvent {
  time: number;
  host: string;
  source: string;
  sourcetype: string;
  index?: string;
  event: unknown;
}

export interface SplunkReceiver extends HttpReceiver {
  events: CollectorEvent[];
  /** How many questions about acknowledgements are answered with false before the indexer is done. */
  indexerLag: number;
  /** Answered in place of the next event requests, one each. */
  busy: { status: number; code: number; text: string }[];
  /** Texts that the collector cannot make an event of. */
  poison: string[];
}

const KEYS = new Set(['time', 'host', 'source', 'sourcetype', 'index', 'event', 'fields']);
const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export async function startSplunkReceiver(options: {
  token: string;
  ack: boolean;
  indexes?: string[];
  tls?: { cert: string; key: string };
}): Promise<SplunkReceiver> {
  const { token, ack, indexes = ['main'] } = options;
  const pending = new Map<string, Map<number, number>>();
  let nextAck = 0;

  function takeEvents(request: Received, response: ServerResponse) {
    const busy = receiver.busy.shift();
    if (busy) return answerJson(response, busy.status, { text: busy.text, code: busy.code });
    const texts = split(request.body.toString());
    if (texts.length === 0) return answerJson(response, 400, { text: 'No data', code: 5 });
    for (const [at, text] of texts.entries()) {
      const problem = problemOf(text);
      if (problem) return answerJson(response, 400, { ...problem, 'invalid-event-number': at });
      receiver.events.push(JSON.parse(text));
    }
    if (!ack) return answerJson(response, 200, { text: 'Success', code: 0 });
    const channel = pending.get(String(request.headers['x-splunk-request-channel'])) ?? new Map<number, number>();
    pending.set(String(request.headers['x-splunk-request-channel']), channel);
    channel.set(nextAck, receiver.indexerLag);
    answerJson(response, 200, { text: 'Success', code: 0, ackId: nextAck++ });
  }

  function problemOf(text: string): { text: string; code: number } | undefined {
    let event: Record<string, unknown>;
    try {
      event = JSON.parse(text);
    } catch {
      return { text: 'Invalid data format', code: 6 };
    }
    if (Object.keys(event).some((key) => !KEYS.has(key)) || typeof event.time !== 'number')
      return { text: 'Invalid data format', code: 6 };
    if (receiver.poison.some((poison) => text.includes(poison))) return { text: 'Invalid data format', code: 6 };
    if (event.event === undefined) return { text: 'Event field is required', code: 12 };
    if (event.event === '') return { text: 'Event field cannot be blank', code: 13 };
    if (event.index !== undefined && !indexes.includes(String(event.index))) return { text: 'Incorrect index', code: 7 };
    return undefined;
  }

  function takeQuestion(request: Received, response: ServerResponse) {
    if (!ack) return answerJson(response, 400, { text: 'ACK is disabled', code: 14 });
    const channel = pending.get(String(request.headers['x-splunk-request-channel']));
    const { acks } = JSON.parse(request.body.toString()) as { acks: number[] };
    const answers = acks.map((id) => {
      const left = channel?.get(id);
      if (left === undefined) return [id, false];
      if (left > 0) channel?.set(id, left - 1);
      else channel?.delete(id);
      return [id, left <= 0];
    });
    answerJson(response, 200, { acks: Object.fromEntries(answers) });
  }

  const base = await startHttpReceiver((request, response) => {
    const authorization = request.headers.authorization ?? '';
    if (authorization === '') return answerJson(response, 401, { text: 'Token is required', code: 2 });
    if (!authorization.startsWith('Splunk ')) return answerJson(response, 401, { text: 'Invalid authorization', code: 3 });
    if (authorization !== `Splunk ${token}`) return answerJson(response, 403, { text: 'Invalid token', code: 4 });
    const channel = request.headers['x-splunk-request-channel'];
    if (ack && channel === undefined) return answerJson(response, 400, { text: 'Data channel is missing', code: 10 });
    if (channel !== undefined && !GUID.test(String(channel)))
      return answerJson(response, 400, { text: 'Invalid data channel', code: 11 });
    if (request.method === 'POST' && request.path === '/services/collector/event') return takeEvents(request, response);
    if (request.method === 'POST' && request.path === '/services/collector/ack') return takeQuestion(request, response);
    answerJson(response, 404, { text: 'The requested URL was not found on this server.', code: 404 });
  }, options.tls);
  const receiver: SplunkReceiver = Object.assign(base, { events: [], indexerLag: 0, busy: [], poison: [] });
  return receiver;
}

/** JSON objects written one after the other, as the collector reads them. */
function split(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' && depth++ === 0) start = at;
    else if (character === '}' && --depth === 0) found.push(text.slice(start, at + 1));
  }
  if (depth !== 0) found.push(text.slice(start));
  return found;
}
