// What the step that identifies a request takes by itself, with a proxy token that was seen before: CPU microseconds. Each call gets a new
// text, as each request brings one: the same again would be looked up without being read.

import { identity } from '../../src/config/identity.ts';
import type { Client } from '../../src/proxy/client.ts';
import { createAttemptPace } from '../../src/proxy/identify/attempt-pace.ts';
import { createIdentify } from '../../src/proxy/identify/identify.ts';
import { createIdentityData } from '../../src/proxy/identify/identity-data.ts';
import { hashProxyToken, newProxyToken } from '../../src/proxy-token.ts';

const TOKENS = 10_000;
const USERS = 64;
const CALLS = 1_000_000;
const USUAL = ['Host', 'localhost', 'Accept', 'application/json', 'Content-Type', 'application/json', 'Content-Length', '500'];

export function measureIdentifyStep(): number {
  const made = Array.from({ length: TOKENS }, newProxyToken);
  const tokens = made.map(({ id, text }, index) => ({
    ...{ id, hash: hashProxyToken(text), user: `user-${index}@example.com`, groups: ['bench'] },
    expires: Date.now() + 86_400_000,
  }));
  const data = createIdentityData({ tokens, addresses: [] }, Date.now);
  const identify = createIdentify(identity.parse({}), { ...data, pace: createAttemptPace(Date.now), now: Date.now });
  const client: Client = { address: '127.0.0.1', port: 40_000, peer: '127.0.0.1', door: 'proxy' };
  const fields = made.slice(0, USERS).map(({ text }, index) => Buffer.from(fieldOf(`user-${index}:${text}`)));
  const run = (calls: number): number => {
    const before = process.cpuUsage();
    let known = 0;
    for (let call = 0; call < calls; call++) {
      const headers = [...USUAL, 'Proxy-Authorization', fields[call % USERS]!.toString('latin1')];
      if (identify(client, headers).principal.user !== '') known++;
    }
    const { user, system } = process.cpuUsage(before);
    if (known !== calls) throw new Error(`${calls - known} of ${calls} requests were not identified`);
    return (user + system) / calls;
  };
  run(CALLS / 10);
  return run(CALLS);
}

function fieldOf(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
