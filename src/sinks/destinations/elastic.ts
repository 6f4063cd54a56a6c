// Elasticsearch and OpenSearch: the bulk API.
//
// Every event is created under its own id, so that one that is sent again meets itself: 409 means that it is already there. What else an
// item's status means: 400 and 413 are the fault of the event; all others pass or are the fault of a setting, and the batch is sent again.
// Source: "Bulk API" of both references, and "Use a data stream".

import type { ElasticOptions } from '../../config/sinks/elastic.ts';
import { type Destination, type Outgoing, type Rejected, SinkError } from '../sink.ts';
import { clean } from './connection-error.ts';
import { type Answer, createHttpPost, jsonOf, notTaken, type Tunnel } from './http-post.ts';
import { type Part, partsOf, type Refusal, sendGroups, withMembers } from './parts.ts';
import { openSecret } from './secret.ts';

/** A few megabytes a request; the cluster's own limit is 100 MB unless set (http.max_content_length). */
const MAX_BYTES = 5_000_000;
/** Only what is looked at: less to send, to read and to hold. */
const FILTER = 'errors,items.*.status,items.*.error.type,items.*.error.reason';
const ANSWER_LIMIT = 64 * 1024 ** 2;

/** @throws DaylightError ERR_CONFIG_INVALID if a file that the options name cannot be used */
export function createElasticDestination(options: ElasticOptions, tunnel?: Tunnel): Destination {
  const url = `${options.url.replace(/\/+$/, '')}/${encodeURIComponent(options.index)}/_bulk?filter_path=${FILTER}`;
  const apiKey = openSecret(options.apiKey, options.apiKeyFile);
  const password = openSecret(options.password, options.passwordFile);
  const http = createHttpPost({ ...options, tunnel, answerLimit: ANSWER_LIMIT });

  function authorization(): Record<string, string> {
    if (apiKey) return { Authorization: `ApiKey ${apiKey()}` };
    if (!password) return {};
    return { Authorization: `Basic ${Buffer.from(`${options.username}:${password()}`).toString('base64')}` };
  }

  /** Data streams want a time under this name; ECS has it. */
  function textOf({ event, text }: Outgoing): string {
    const time = options.format === 'ecs' ? {} : { '@timestamp': new Date(event.ts).toISOString() };
    const source = options.format === 'ecs' ? text : withMembers(text, time);
    return `{"create":{"_id":${JSON.stringify(event.event_id)}}}\n${source}\n`;
  }

  async function sendEvents(parts: readonly Part[], rejected: Rejected[], signal: AbortSignal): Promise<Refusal | undefined> {
    const answer = await http.post(
      {
        url,
        headers: { ...authorization(), 'Content-Type': 'application/x-ndjson' },
        body: parts.map(({ text }) => text).join(''),
        gzip: true,
      },
      signal,
    );
    if (answer.status === 413) return { reason: `${new URL(url).origin} answers ${answer.said}` };
    if (answer.status !== 200) throw notTaken(answer, url, fixOf(answer.status));
    rejected.push(...readItems(answer, parts));
    return undefined;
  }

  /** @throws SinkError if an item has to be sent again */
  function readItems(answer: Answer, parts: readonly Part[]): Rejected[] {
    const { errors, items } = (jsonOf(answer) ?? {}) as { errors?: unknown; items?: unknown };
    if (errors === false) return [];
    if (errors !== true || !Array.isArray(items) || items.length !== parts.length)
      throw new SinkError(`${new URL(url).origin} answers with something else than the result of a bulk request: ${answer.said}`);
    const results = items.map(readItem);
    const again = results.filter(({ status }) => !isFinal(status));
    if (again[0])
      throw new SinkError(`${new URL(url).origin} did not take ${again.length} of ${parts.length} events: ${again[0].said}`);
    return results.flatMap(({ status, said }, at) =>
      status === 400 || status === 413 ? [{ index: parts[at]?.index ?? 0, reason: said }] : [],
    );
  }

  return {
    async send(batch, signal) {
      const rejected: Rejected[] = [];
      const refused = await sendGroups(partsOf(batch, textOf), { maxBytes: MAX_BYTES, overhead: 0 }, (parts) =>
        sendEvents(parts, rejected, signal),
      );
      return [...rejected, ...refused].sort((a, b) => a.index - b.index);
    },
    async close() {
      http.close();
    },
  };
}

/** Taken, already there, or refused for what it is. */
function isFinal(status: number): boolean {
  return (status >= 200 && status < 300) || status === 409 || status === 400 || status === 413;
}

/** One item: `{"create":{"status":400,"error":{"type":"…","reason":"…"}}}`. */
function readItem(item: unknown): { status: number; said: string } {
  const { create } = (item ?? {}) as { create?: { status?: unknown; error?: { type?: unknown; reason?: unknown } } };
  const status = typeof create?.status === 'number' ? create.status : 0;
  const words = [create?.error?.type, create?.error?.reason].filter((word) => typeof word === 'string');
  return { status, said: clean(`${status} ${words.join(': ')}`) };
}

function fixOf(status: number): string {
  if (status === 401) return 'check apiKey, or username and password';
  if (status === 403) return 'it needs the privileges create_doc and auto_configure on the index';
  return status === 404 ? 'check url and index' : '';
}
