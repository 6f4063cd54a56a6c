// Events to an HTTP address, signed as Standard Webhooks has it: `webhook-id` (the same when a batch is sent again), `webhook-timestamp` and
// `webhook-signature` (HMAC-SHA256 over id, time and body). Slack and Teams take one event each.
//
// An address that a name leads to is checked when the connection is made, so that no name can lead into the network of the appliance.
// Through a proxy the proxy resolves the name.

import { createHash, createHmac } from 'node:crypto';
import { lookup as lookUp } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { WebhookOptions } from '../../config/sinks/webhook.ts';
import { type Destination, type Outgoing, type Rejected, SinkError } from '../sink.ts';
import { createHttpPost, notTaken, type Tunnel } from './http-post.ts';
import { type Part, partsOf, type Refusal, sendGroups } from './parts.ts';
import { openSecret } from './secret.ts';

/** Bytes of one request; bodies that are cut smaller by the receiver (413) are sent in halves. */
const MAX_BYTES = 4 * 1024 ** 2;
/** Statuses that blame what was sent, not the receiver or the configuration. */
const CONTENT = new Set([400, 413, 415, 422]);

export interface WebhookTools {
  /** Why an address must not be reached, undefined if it may. Services that hand out credentials to machines never may. */
  refusal(address: string, allowPrivate: boolean): string | undefined;
  /** Names are then resolved by the proxy, which decides where they may lead. */
  tunnel?: Tunnel | undefined;
  /** Epoch milliseconds. */
  now?(): number;
}

/** @throws DaylightError ERR_CONFIG_INVALID if a file of the options cannot be used */
export function createWebhookDestination(
  options: WebhookOptions,
  { refusal, tunnel, now = Date.now }: WebhookTools,
): Destination {
  const { format, headers, ca, timeout, allowPrivate } = options;
  const address = openSecret(options.url, options.urlFile);
  const secret = openSecret(options.secret, options.secretFile);
  const token = openSecret(options.token, options.tokenFile);
  const single = format === 'slack' || format === 'teams';
  const lines = options.body === 'lines' && !single;
  const http = createHttpPost({ ca, timeout, tunnel, lookup: checkedLookup((address) => refusal(address, allowPrivate)) });

  function urlNow(): string {
    const url = address?.() ?? '';
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new SinkError(`${options.urlFile} must hold a URL such as https://hooks.corp.example/x`);
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
    const why = isIP(host) === 0 ? undefined : refusal(host, allowPrivate);
    if (why !== undefined) throw refused(why);
    return url;
  }

  async function post(parts: readonly Part[], signal: AbortSignal): Promise<Refusal | undefined> {
    const url = urlNow();
    const body = bodyOf(parts);
    const bearer = token?.();
    const key = secret?.();
    const answer = await http.post(
      {
        url,
        headers: {
          ...headers,
          'Content-Type': lines
            ? format === 'cef' || format === 'leef'
              ? 'text/plain; charset=utf-8'
              : 'application/x-ndjson'
            : 'application/json',
          'User-Agent': 'Daylight',
          ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
          ...(key === undefined ? {} : signatureOf(key, idOf(parts), Math.floor(now() / 1000), body)),
        },
        body,
        secrets: [key ?? '', ...Object.values(headers), ...(options.urlFile === undefined ? [] : [new URL(url).pathname])],
      },
      signal,
    );
    if (answer.status >= 200 && answer.status < 300) return undefined;
    if (CONTENT.has(answer.status)) return { reason: `${new URL(url).origin} answers ${answer.said}` };
    throw notTaken(answer, url, fixOf(answer.status));
  }

  function bodyOf(parts: readonly Part[]): string {
    if (single) return parts[0]?.text ?? '';
    if (lines) return parts.map(({ text }) => `${text}\n`).join('');
    return `[${parts.map(({ text }) => text).join(',')}]`;
  }

  return {
    async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Rejected[]> {
      const parts = partsOf(batch);
      if (!single) return sendGroups(parts, { maxBytes: MAX_BYTES }, (group) => post(group, signal));
      const rejected: Rejected[] = [];
      for (const part of parts) {
        try {
          const refusal = await post([part], signal);
          if (refusal) rejected.push({ index: part.index, reason: refusal.reason });
        } catch (error) {
          // People should not read twice what they have read: only from here on it is sent again.
          if (error instanceof SinkError) error.taken = rejected[0]?.index ?? part.index;
          throw error;
        }
      }
      return rejected;
    },
    async close() {
      http.close();
    },
  };
}

/** Headers of a signed request (Standard Webhooks 1.0). */
function signatureOf(secret: string, id: string, seconds: number, body: string): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` };
}

/** The same events have the same id, whenever they are sent. */
function idOf(parts: readonly Part[]): string {
  const hash = createHash('sha256');
  for (const { event } of parts) hash.update(event.event_id);
  return `msg_${hash.digest('hex').slice(0, 32)}`;
}

function fixOf(status: number): string {
  if (status === 401 || status === 403) return 'check token, secret and headers';
  if (status === 404 || status === 405 || status === 410) return 'check the address';
  return '';
}

function refused(why: string): SinkError {
  return new SinkError(`${why.replace(/;.*$/s, '')}; set allowPrivate: true if that is meant`);
}

/** Looks a name up, and lets no address pass that must not be reached. */
function checkedLookup(refusal: (address: string) => string | undefined): LookupFunction {
  return (host, options, callback) => {
    lookUp(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      for (const { address } of addresses) {
        const why = refusal(address);
        if (why !== undefined) return callback(refused(`${host} leads to ${why}`), '', 0);
      }
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}
