// Asks a feed for its list of addresses: by HTTPS, with a limit of time and size, without following redirects.

import { readFileSync, statSync } from 'node:fs';
import { get as getPlain, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getTls } from 'node:https';
import type { AddressSource } from '../../config/identity.ts';
import { DaylightError } from '../../errors.ts';

export type Feed = Extract<AddressSource, { url: string }>;

/** How long an answer may take, milliseconds, and how large it may be. */
export interface FeedLimits {
  timeoutMs: number;
  maxBytes: number;
}

const LIMITS: FeedLimits = { timeoutMs: 10_000, maxBytes: 64 * 1024 * 1024 };

/** @throws DaylightError ERR_IDENTITY saying what was wrong with the answer; the token is in no message */
export async function fetchAddressFeed(feed: Feed, signal: AbortSignal, limits = LIMITS): Promise<string> {
  const { timeoutMs, maxBytes } = limits;
  const { token, tokenFile, ca } = feed;
  const secret = token ?? (tokenFile === undefined ? undefined : readSecret(tokenFile));
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await ask(new URL(feed.url), {
      agent: false,
      signal: AbortSignal.any([signal, late]),
      headers: { accept: 'application/json, text/csv', ...(secret && { authorization: `Bearer ${secret}` }) },
      ...(ca && { ca: read(ca) }),
    });
    const { statusCode = 0 } = answer;
    if (statusCode === 200) return await readBody(answer, maxBytes);
    answer.on('error', () => {}).destroy();
    if (statusCode >= 300 && statusCode < 400)
      throw new DaylightError(
        'ERR_IDENTITY',
        `it answered ${statusCode}: redirects are not followed; name the address it leads to`,
      );
    throw new DaylightError('ERR_IDENTITY', `it answered ${statusCode} instead of 200`);
  } catch (cause) {
    if (cause instanceof DaylightError) throw cause;
    if (late.aborted) throw new DaylightError('ERR_IDENTITY', `it did not answer within ${timeoutMs / 1_000} seconds`, { cause });
    throw new DaylightError('ERR_IDENTITY', `it cannot be asked: ${(cause as Error).message}`, { cause });
  }
}

function ask(url: URL, options: RequestOptions & { ca?: string }): Promise<IncomingMessage> {
  const get = url.protocol === 'https:' ? getTls : getPlain;
  return new Promise((resolve, reject) => get(url, options, resolve).on('error', reject));
}

/** Half an answer is an error. */
async function readBody(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxBytes) throw new DaylightError('ERR_IDENTITY', `its answer is larger than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function readSecret(file: string): string {
  try {
    if ((statSync(file).mode & 0o077) !== 0)
      throw new DaylightError('ERR_IDENTITY', `${file} can be read by others; run: chmod 600 ${file}`);
  } catch (cause) {
    if (cause instanceof DaylightError) throw cause;
    throw new DaylightError('ERR_IDENTITY', `${file} cannot be read (${(cause as Error).message})`, { cause });
  }
  return read(file).trim();
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DaylightError('ERR_IDENTITY', `${file} cannot be read (${(cause as Error).message})`, { cause });
  }
}
