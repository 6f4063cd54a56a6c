// Asks the console of the appliance that runs here, over HTTPS or HTTP. The certificate is not verified: it is the same machine, and the
// operator may bring any. Only what everybody may read is asked for, or with the token of scrapers on this machine.

import { get as getPlain } from 'node:http';
import { get as getTls } from 'node:https';

const PATIENCE_MS = 3_000;
const LIMIT = 8 * 1024 * 1024;

/** @returns undefined if nobody answers @param base address of the console; a host that means every address is asked on loopback */
export function askConsole(base: string, path: string, token?: string): Promise<{ status: number; text: string } | undefined> {
  const url = new URL(path, base);
  url.hostname = url.hostname.replace(/^(0\.0\.0\.0|\[::\])$/, '127.0.0.1');
  const get = url.protocol === 'https:' ? getTls : getPlain;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((answer) => {
    const request = get(url, { timeout: PATIENCE_MS, rejectUnauthorized: false, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > LIMIT) request.destroy();
      });
      response.on('end', () => answer({ status: response.statusCode ?? 0, text }));
      response.on('error', () => answer(undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => answer(undefined));
    request.on('close', () => answer(undefined));
  });
}
