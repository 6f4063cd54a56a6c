// Sinks that leave through a proxy: it alone knows where the receiver is; the receiver's certificate is verified here all the same.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sinkParts } from '../../src/app/sinks.ts';
import { type SinkConfig, sinksKey } from '../../src/config/sinks.ts';
import { loadConfig } from '../../src/config.ts';
import type { Destination } from '../../src/sinks/sink.ts';
import { type Authority, openAuthority } from './receivers/authority.ts';
import { answerJson, type HttpReceiver, startHttpReceiver } from './receivers/http-receiver.ts';
import { flows } from './receivers/outgoing.ts';

const never = new AbortController().signal;
const dir = mkdtempSync(join(tmpdir(), 'daylight-sink-proxy-'));
const PASSWORD = 'pr0xy-s3cret';
const CREDENTIALS = `Basic ${Buffer.from(`daylight:${PASSWORD}`).toString('base64')}`;
/** A name that nothing but the proxy knows. */
const HOST = 'receiver.example';

let authority: Authority;
let receiver: HttpReceiver;
let impostor: HttpReceiver;
let proxy: Awaited<ReturnType<typeof startProxy>>;

beforeAll(async () => {
  authority = await openAuthority(dir);
  const stranger = await openAuthority(dir, 'stranger');
  const takeAll: Parameters<typeof startHttpReceiver>[0] = ({ path }, response) => {
    if (path.endsWith('/token')) answerJson(response, 200, { token_type: 'Bearer', expires_in: 3599, access_token: 'tok' });
    else if (path.startsWith('/dataCollectionRules/')) response.writeHead(204).end();
    else if (path.includes('/_bulk')) answerJson(response, 200, { took: 1, errors: false, items: [] });
    else if (path === '/v1/logs') answerJson(response, 200, {});
    else answerJson(response, 200, { text: 'Success', code: 0 }, { etag: '"1"' });
  };
  receiver = await startHttpReceiver(takeAll, await authority.certify(HOST));
  impostor = await startHttpReceiver(takeAll, await stranger.certify(HOST));
  proxy = await startProxy();
  writeFileSync(join(dir, 'password'), `${PASSWORD}\n`, { mode: 0o600 });
});

afterAll(async () => {
  await Promise.all([receiver.close(), impostor.close(), proxy.close()]);
  rmSync(dir, { recursive: true });
});

/** A proxy that lets those through who have the password, to where it pleases. */
async function startProxy() {
  const asked: { place: string; credentials: string }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (request, client: Socket) => {
    asked.push({ place: request.url ?? '', credentials: request.headers['proxy-authorization'] ?? '' });
    client.on('error', () => {});
    sockets.add(client);
    if (request.headers['proxy-authorization'] !== CREDENTIALS)
      return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\n\r\n');
    const [host, port = ''] = (request.url ?? '').split(':');
    if (host !== HOST) return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const onward = connect(Number(port), '127.0.0.1', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
    onward.on('error', () => client.destroy());
    sockets.add(onward);
    onward.pipe(client);
    client.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const portOf = ({ url }: HttpReceiver) => new URL(url).port;
const ID = '00000000-0000-4000-8000-000000000000';

/** Options of each sink that speaks HTTP. */
const TYPES: Record<string, (url: string) => object> = {
  splunk: (url) => ({ url, token: 'hec' }),
  elastic: (url) => ({ url }),
  sentinel: (url) => ({
    ...{ endpoint: url, authority: url, ruleId: `dcr-${'0'.repeat(32)}`, stream: 'Custom-Daylight_CL' },
    ...{ tenantId: 'tenant', clientId: ID, clientSecret: 'client' },
  }),
  s3: (url) => ({ endpoint: url, bucket: 'archive', accessKeyId: 'AK', secretAccessKey: 'key' }),
  otlp: (url) => ({ url: `${url}/v1/logs` }),
  webhook: (url) => ({ url: `${url}/hook` }),
};

function open(type: string, url: string, through: object = {}): Promise<Destination> {
  const given = { url: proxy.url, username: 'daylight', passwordFile: join(dir, 'password'), ...through };
  const options = { name: 'siem', type, ca: authority.caFile, proxy: given, timeout: 10_000, ...TYPES[type]?.(url) };
  const [sink] = sinksKey.parse([options]) as [SinkConfig];
  return sinkParts(loadConfig({ env: {}, cwd: dir })).destination(sink);
}

async function failureOf(type: string, url: string, through: object = {}): Promise<string> {
  const destination = await open(type, url, through);
  const error = await destination.send(flows(1, 'native'), never).catch((thrown: Error) => thrown);
  await destination.close();
  expect(error).toBeInstanceOf(Error);
  return (error as Error).message;
}

describe('a sink with a proxy', () => {
  it.each(Object.keys(TYPES))('%s delivers by a tunnel, and keeps the credentials from the receiver', async (type) => {
    const place = `${HOST}:${portOf(receiver)}`;
    const [asked, got] = [proxy.asked.length, receiver.requests.length];
    const destination = await open(type, `https://${place}`);
    for (const _ of [1, 2]) expect(await destination.send(flows(2, 'native'), never)).toEqual([]);
    await destination.close();
    expect(proxy.asked[asked]).toEqual({ place, credentials: CREDENTIALS });
    const requests = receiver.requests.slice(got);
    expect(requests.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(requests.map(({ headers }) => headers))).not.toMatch(/proxy-authorization/i);
  });

  it('trusts no certificate for the sake of the proxy', async () => {
    expect(await failureOf('splunk', `https://${HOST}:${portOf(impostor)}`)).toContain('is not trusted');
    expect(impostor.requests).toEqual([]);
  });

  it('says what the proxy does not like, and shows no secret', async () => {
    const place = `https://${HOST}:${portOf(receiver)}`;
    const wrong = await failureOf('otlp', place, { passwordFile: undefined, password: 'wr0ng-s3cret' });
    expect(wrong).toContain(`The parent proxy ${proxy.url} does not accept the name and the password`);
    expect(wrong).toContain('Check them under proxy of sink siem.');
    expect(wrong).not.toMatch(/s3cret/);
    expect(wrong).not.toContain(Buffer.from('daylight:wr0ng-s3cret').toString('base64'));
    expect(await failureOf('otlp', 'https://other.example')).toContain('does not allow connections to other.example:443');
    expect(await failureOf('otlp', place, { url: 'http://127.0.0.1:9' })).toContain(
      'The parent proxy http://127.0.0.1:9 cannot be used',
    );
  });

  it('reaches what its bypass list names without it, and by a tunnel what is in clear', async () => {
    const plain = await startHttpReceiver((_request, response) => answerJson(response, 200, {}));
    const [near, far] = [plain.url, `http://${HOST}:${portOf(plain)}`];
    for (const url of [near, far]) {
      const before = proxy.asked.length;
      const destination = await open('otlp', url, { bypass: ['127.0.0.0/8'] });
      expect(await destination.send(flows(1, 'native'), never)).toEqual([]);
      await destination.close();
      expect(proxy.asked.length - before).toBe(url === near ? 0 : 1);
    }
    expect(plain.requests.map(({ headers }) => headers.host)).toEqual([near, far].map((url) => new URL(url).host));
    await plain.close();
  });

  it('has a file for the password that others cannot read', async () => {
    writeFileSync(join(dir, 'open'), PASSWORD, { mode: 0o644 });
    const refused = open('splunk', `https://${HOST}`, { passwordFile: join(dir, 'open') });
    await expect(refused).rejects.toThrow(/proxy of sink siem\.passwordFile: others can read .*chmod 600/);
  });
});
