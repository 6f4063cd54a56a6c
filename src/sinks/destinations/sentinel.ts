// Microsoft Sentinel: the Logs Ingestion API of Azure Monitor (api-version 2023-01-01).
//
// A token comes from Entra by the client credentials grant (RFC 6749 section 4.4) and is used until shortly before it ends; when the
// endpoint refuses it, one new one is tried. Calls hold at most 1 MB before compression. 204 means taken. 400 and 413 are about the
// content, so the events at fault are looked for; all others pass or are the fault of a setting.

import { randomUUID } from 'node:crypto';
import type { SentinelOptions } from '../../config/sinks/sentinel.ts';
import { type Destination, type Outgoing, SinkError } from '../sink.ts';
import { type Answer, createHttpPost, jsonOf, notTaken, type Tunnel } from './http-post.ts';
import { type Part, partsOf, type Refusal, sendGroups, withMembers } from './parts.ts';
import { openSecret } from './secret.ts';

/** "Maximum size of API call: 1 MB, both compressed and uncompressed data" (Azure Monitor service limits). */
const MAX_BYTES = 1_000_000;
/** Milliseconds before its end at which a token is no longer used. */
const EARLY_MS = 5 * 60_000;
const CLOUDS = {
  public: { authority: 'https://login.microsoftonline.com', audience: 'https://monitor.azure.com' },
  'us-government': { authority: 'https://login.microsoftonline.us', audience: 'https://monitor.azure.us' },
  china: { authority: 'https://login.partner.microsoftonline.cn', audience: 'https://monitor.azure.cn' },
} as const;
const FIXES: Readonly<Record<number, string>> = {
  401: 'Entra gave a token that the endpoint does not take; check cloud and tenantId',
  403: 'the application needs the role Monitoring Metrics Publisher on the data collection rule',
  404: 'check endpoint, ruleId and stream',
};

/** @throws DaylightError ERR_CONFIG_INVALID if a file that the options name cannot be used */
export function createSentinelDestination(options: SentinelOptions, tunnel?: Tunnel): Destination {
  const cloud = CLOUDS[options.cloud];
  const authority = (options.authority ?? cloud.authority).replace(/\/+$/, '');
  const tokenUrl = `${authority}/${encodeURIComponent(options.tenantId)}/oauth2/v2.0/token`;
  const url = `${options.endpoint.replace(/\/+$/, '')}/dataCollectionRules/${options.ruleId}/streams/${encodeURIComponent(options.stream)}?api-version=2023-01-01`;
  const clientSecret = openSecret(options.clientSecret, options.clientSecretFile);
  const http = createHttpPost({ ...options, tunnel });
  let known: { token: string; until: number } | undefined;

  async function accessToken(signal: AbortSignal): Promise<string> {
    if (known && Date.now() < known.until) return known.token;
    const secret = clientSecret?.() ?? '';
    const form = new URLSearchParams({
      client_id: options.clientId,
      scope: `${cloud.audience}/.default`,
      client_secret: secret,
      grant_type: 'client_credentials',
    });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await http.post(
      { url: tokenUrl, headers, body: form.toString(), secrets: [secret, encodeURIComponent(secret)] },
      signal,
    );
    if (answer.status !== 200) throw notTaken(answer, tokenUrl, 'no token: check tenantId, clientId and clientSecret');
    const { access_token: token, expires_in: seconds } = (jsonOf(answer) ?? {}) as {
      access_token?: unknown;
      expires_in?: unknown;
    };
    // What is said of this answer would hold the token.
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || !(Number(seconds) > 0))
      throw new SinkError(`${new URL(tokenUrl).origin} answers 200 without a usable access_token and expires_in`);
    const life = Number(seconds) * 1000;
    known = { token, until: Date.now() + Math.max(life - EARLY_MS, life / 2) };
    return token;
  }

  /** Tables of Log Analytics want a time under this name. */
  function textOf({ event, text }: Outgoing): string {
    return withMembers(text, { TimeGenerated: new Date(event.ts).toISOString() });
  }

  async function upload(body: string, signal: AbortSignal): Promise<Answer> {
    const headers = {
      Authorization: `Bearer ${await accessToken(signal)}`,
      'Content-Type': 'application/json',
      'x-ms-client-request-id': randomUUID(),
    };
    return http.post({ url, headers, body, gzip: true }, signal);
  }

  async function sendEvents(parts: readonly Part[], signal: AbortSignal): Promise<Refusal | undefined> {
    const body = `[${parts.map(({ text }) => text).join(',')}]`;
    let answer = await upload(body, signal);
    if (answer.status === 401) {
      known = undefined;
      answer = await upload(body, signal);
    }
    if (answer.status === 204) return undefined;
    if (answer.status === 400 || answer.status === 413) return { reason: `Azure Monitor answers ${answer.said}` };
    throw notTaken(answer, url, FIXES[answer.status]);
  }

  return {
    send(batch, signal) {
      return sendGroups(partsOf(batch, textOf), { maxBytes: MAX_BYTES - 2, overhead: 1 }, (parts) => sendEvents(parts, signal));
    },
    async close() {
      http.close();
    },
  };
}
