// Splunk: the HTTP Event Collector, with indexer acknowledgement.
//
// For each batch: events go to /services/collector/event in requests of at most 1 MB. A token with acknowledgement on answers each with
// an ackId; the batch counts as delivered once /services/collector/ack says true for all of them. Otherwise it is sent again.
//
// What the collector's codes mean here: 6, 12, 13 and 15 are the fault of one event, which it mostly names; 5, 7, 10, 11, 14 and those
// about the token are the fault of a setting; all others pass. Source: "Troubleshoot HTTP Event Collector" and "About HTTP Event
// Collector Indexer Acknowledgment" in Splunk's "Getting Data In".

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SplunkOptions } from '../../config/sinks/splunk.ts';
import { type Destination, type Outgoing, SinkError } from '../sink.ts';
import { type Answer, createHttpPost, jsonOf, notTaken, type Tunnel } from './http-post.ts';
import { type Part, partsOf, type Refusal, sendGroups } from './parts.ts';
import { openSecret } from './secret.ts';

/** Splunk's own default was 1 MB for a long time (max_content_length in limits.conf). */
const MAX_BYTES = 1_000_000;
const FIRST_POLL_MS = 100;
const LAST_POLL_MS = 10_000;
const EVENT_AT_FAULT = new Set([6, 12, 13, 15]);
/** Success, and success with a warning that queues fill up. */
const TAKEN = new Set([0, 24, 25]);
const FIXES: Readonly<Record<number, string>> = {
  1: 'enable the token in Splunk',
  4: 'check token',
  7: 'the token may not write to this index; check index',
  11: 'check that the address leads to a collector',
};

/** @throws DaylightError ERR_CONFIG_INVALID if a file that the options name cannot be used */
export function createSplunkDestination(options: SplunkOptions, tunnel?: Tunnel): Destination {
  const base = `${options.url.replace(/\/+$/, '').replace(/\/services\/collector(\/event)?$/, '')}/services/collector`;
  const token = openSecret(options.token, options.tokenFile);
  const http = createHttpPost({ ...options, tunnel });
  /** Acknowledgements belong to a channel: one for each sink and process. */
  const channel = randomUUID();
  const sourcetype = options.sourcetype ?? `daylight:${options.format}`;
  const isJson = options.format !== 'cef' && options.format !== 'leef';

  function textOf({ event, text }: Outgoing): string {
    const head = JSON.stringify({
      time: event.ts / 1000,
      host: event.sensor,
      source: options.source,
      sourcetype,
      ...(options.index === undefined ? {} : { index: options.index }),
    });
    return `${head.slice(0, -1)},"event":${isJson ? text : JSON.stringify(text)}}`;
  }

  function post(path: string, body: string, signal: AbortSignal): Promise<Answer> {
    const headers = {
      Authorization: `Splunk ${token?.()}`,
      'Content-Type': 'application/json',
      'X-Splunk-Request-Channel': channel,
    };
    return http.post({ url: `${base}${path}`, headers, body, gzip: path === '/event' }, signal);
  }

  async function sendEvents(parts: readonly Part[], ackIds: number[], signal: AbortSignal): Promise<Refusal | undefined> {
    const answer = await post('/event', parts.map(({ text }) => text).join(''), signal);
    const said = readAnswer(answer);
    if (answer.status === 413) return { reason: `Splunk answers ${answer.said}` };
    if (answer.status === 400 && said.code !== undefined && EVENT_AT_FAULT.has(said.code))
      return { reason: `Splunk answers ${answer.said}`, at: said.invalid };
    if (answer.status !== 200 || said.code === undefined || !TAKEN.has(said.code))
      throw notTaken(answer, base, said.code === undefined ? undefined : FIXES[said.code]);
    if (said.ackId !== undefined) ackIds.push(said.ackId);
    else if (options.acknowledgement === 'required')
      throw new SinkError(`${base} gave no ackId; turn on indexer acknowledgement for the token, or set acknowledgement to auto`);
    return undefined;
  }

  /** Until the indexer has every request of the batch. */
  async function awaitIndexer(ackIds: readonly number[], signal: AbortSignal): Promise<void> {
    const end = Date.now() + options.ackTimeout;
    let pending = [...ackIds];
    for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 2, LAST_POLL_MS)) {
      const answer = await post('/ack', JSON.stringify({ acks: pending }), signal);
      const acks = answer.status === 200 ? acksOf(jsonOf(answer)) : undefined;
      if (acks === undefined) throw notTaken(answer, base, 'it was asked which batches are indexed');
      pending = pending.filter((id) => acks[id] !== true);
      if (pending.length === 0) return;
      if (Date.now() + wait > end)
        throw new SinkError(`${base} did not acknowledge ${pending.length} requests within ${options.ackTimeout / 1000} s`);
      await sleep(wait, undefined, { signal }).catch((cause) => {
        throw new SinkError('waiting for the acknowledgement was stopped', { cause });
      });
    }
  }

  return {
    async send(batch, signal) {
      const ackIds: number[] = [];
      const rejected = await sendGroups(partsOf(batch, textOf), { maxBytes: MAX_BYTES, overhead: 0 }, (parts) =>
        sendEvents(parts, ackIds, signal),
      );
      if (ackIds.length > 0) await awaitIndexer(ackIds, signal);
      return rejected;
    },
    async close() {
      http.close();
    },
  };
}

interface CollectorAnswer {
  code: number | undefined;
  ackId: number | undefined;
  /** Position of the event at fault, from 0. */
  invalid: number | undefined;
}

function readAnswer(answer: Answer): CollectorAnswer {
  const json = jsonOf(answer);
  const members = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const whole = (name: string): number | undefined => {
    const value = members[name];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  return { code: whole('code'), ackId: whole('ackId'), invalid: whole('invalid-event-number') };
}

/** `{"acks":{"0":true,"1":false}}` */
function acksOf(json: unknown): Record<string, unknown> | undefined {
  const acks = typeof json === 'object' && json !== null && 'acks' in json ? json.acks : undefined;
  return typeof acks === 'object' && acks !== null ? (acks as Record<string, unknown>) : undefined;
}
