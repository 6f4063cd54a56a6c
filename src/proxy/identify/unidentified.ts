// The answer to a request that has no user and needs one, or whose user is not who it says: 407, or 403 where a token would not help.
//
// The connection stays open, so that clients that only send credentials when they are asked for them (Java, browsers) can go on with it;
// a request with a body closes it, because nobody reads the body.

import type { Config } from '../../config.ts';
import { DaylightError } from '../../errors.ts';
import type { Http1ServerStream } from '../http1-server-stream.ts';
import type { RequestSink } from '../stream.ts';
import type { IdentityRefusal } from './identified.ts';

export interface UnidentifiedOptions {
  realm: string;
  /** Where people get a token, as an end of a sentence. */
  where: string;
}

/** Where people get a token, as far as the configuration tells. */
export function tokenPage({ console: { url }, contact }: Pick<Config, 'console' | 'contact'>): string {
  const place =
    url === '' ? 'in the console of Daylight (Settings, Proxy tokens)' : `at ${url.replace(/\/+$/, '')}/settings?view=proxy`;
  return `${place}, or ask ${contact} for one`;
}

/** Answers, after the pause that the refusal asks for. */
export function answerUnidentified(
  stream: Http1ServerStream,
  refusal: IdentityRefusal,
  options: UnidentifiedOptions,
): RequestSink {
  const answer = (): void => {
    const { status, reason } = refusal;
    const body = Buffer.from(status === 407 ? `${reason}\n\n${helpOf(options)}` : `${reason}\n`);
    const headers = [
      'Content-Type',
      'text/plain; charset=utf-8',
      'Cache-Control',
      'no-store',
      'Content-Length',
      String(body.length),
    ];
    if (status === 407) headers.push('Proxy-Authenticate', `Basic realm="${options.realm}", charset="UTF-8"`);
    stream.respond(status, status === 407 ? 'Proxy Authentication Required' : 'Forbidden', headers, {
      kind: 'length',
      length: body.length,
    });
    stream.write(body);
    stream.end([]);
  };
  const timer = refusal.delayMs > 0 ? setTimeout(answer, refusal.delayMs) : undefined;
  if (!timer) answer();
  return {
    requestData: () => {},
    requestEnd: () => {},
    requestFlush: () => {},
    clientDrain: () => {},
    clientGone: () => clearTimeout(timer),
  };
}

/** The same for where no head can be answered any more: in a tunnel, or for SOCKS and redirected traffic. */
export function unidentifiedError({ reason }: IdentityRefusal): DaylightError {
  return new DaylightError('ERR_IDENTITY', reason);
}

function helpOf({ where }: UnidentifiedOptions): string {
  return `This is Daylight, the proxy of your network. It needs to know who you are: get a proxy token ${where}, and give it to your program as the password of the proxy, e.g. HTTPS_PROXY=http://NAME:TOKEN@PROXY:PORT\n`;
}
