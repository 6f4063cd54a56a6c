// Asks a feed for its list of addresses: by HTTPS, with a limit of time and size, without following redirects.

import { readFileSync, statSync } from 'node:fs';
import { Agent, request } from 'undici';
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
  const agent = new Agent({ connect: { timeout: timeoutMs, ...(ca && { ca: read(ca) }) }, maxResponseSize: maxBytes });
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const { statusCode, body } = await request(feed.url, {
      dispatcher: agent,
      signal: ended,
      headers: { accept: 'application/json, text/csv', ...(secret && { authorization: `Bearer ${secret}` }) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    if (statusCode === 200) return await body.text();
    body.destroy();
    body.on('error', () => {});
    if (statusCode >= 300 && statusCode < 400)
      throw new DaylightError(
        'ERR_IDENTITY',
        `it answered ${statusCode}: redirects are not followed; name the address it leads to`,
      );
    throw new DaylightError('ERR_IDENTITY', `it answered ${statusCode} instead of 200`);
  } catch (cause) {
    if (cause instanceof DaylightError) throw cause;
    const { name, message, code } = cause as NodeJS.ErrnoException;
    if (name === 'TimeoutError' || /TIMEOUT/.test(code ?? ''))
      throw new DaylightError('ERR_IDENTITY', `it did not answer within ${timeoutMs / 1_000} seconds`, { cause });
    if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
      throw new DaylightError('ERR_IDENTITY', `its answer is larger than ${maxBytes} bytes`, { cause });
    throw new DaylightError('ERR_IDENTITY', `it cannot be asked: ${message}`, { cause });
  } finally {
    await agent.destroy();
  }
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
