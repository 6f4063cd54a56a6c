// Who made a request, over real connections: tokens, the trusted header, addresses, and the 407.

import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashProxyToken, newProxyToken } from '../../src/proxy-token.ts';
import {
  dialProxy,
  dropClients,
  ok,
  openHttp2,
  type RawServer,
  requestHttp2,
  serveAnswers,
  serveHttp2,
  serveRaw,
  startTestProxy,
  type TestProxy,
  type TestProxyOptions,
  Wire,
} from './proxy.ts';

const DAY = 86_400_000;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  dropClients();
  for (const end of ends.splice(0).reverse()) await end();
});

async function proxyWith(identity: TestProxyOptions['identity'], more: Partial<TestProxyOptions> = {}): Promise<TestProxy> {
  const proxy = await startTestProxy({ ...more, identity: identity ?? {} });
  ends.push(() => proxy.stop());
  return proxy;
}

/** A token that the proxy knows. */
function issue(proxy: TestProxy, user: string, groups: string[] = [], days = 1): { id: string; text: string } {
  const { id, text } = newProxyToken();
  const token = { id, hash: hashProxyToken(text), user, groups, expires: Date.now() + days * DAY };
  proxy.worker.identify({ tokens: { put: [token], gone: [] } });
  return { id, text };
}

const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** A plain server that answers with the head of what it got. */
async function mirror(): Promise<RawServer> {
  const server = await serveRaw((wire) => {
    wire.socket.on('data', (chunk: Buffer) => wire.send(ok(chunk.toString('latin1'))));
  });
  ends.push(() => server.close());
  return server;
}

function get(server: RawServer, ...headers: string[]): string {
  return [`GET http://${server.authority}/ HTTP/1.1`, `Host: ${server.authority}`, ...headers, '', ''].join('\r\n');
}

describe('a proxy token', () => {
  it('names the user of each absolute-form request, and goes no further', async () => {
    const [proxy, server] = [await proxyWith({}), await mirror()];
    const { text } = issue(proxy, 'ann', ['sales']);
    const wire = dialProxy(proxy).send(get(server, `Proxy-Authorization: ${basic('whatever', text)}`));
    const answer = await wire.until(/200 OK[\s\S]*\r\n\r\n[\s\S]*\r\n\r\n/);
    expect(answer).not.toContain(text);
    expect(answer.toLowerCase()).not.toContain('proxy-authorization');
    const event = await proxy.event(({ user_id }) => user_id === 'ann');
    expect(event).toMatchObject({ user_source: 'proxy-auth', user_groups: ['sales'] });
    expect(JSON.stringify(proxy.events) + proxy.log()).not.toContain(text);
  });

  it('counts for each request of a connection by itself, also when it changes', async () => {
    const [proxy, server] = [await proxyWith({}), await mirror()];
    const [ann, bob] = [issue(proxy, 'ann'), issue(proxy, 'bob')];
    const wire = dialProxy(proxy);
    for (const { text } of [ann, bob]) {
      wire.forget();
      wire.send(get(server, `Proxy-Authorization: ${basic('', text)}`));
      await wire.until(/200 OK[\s\S]*\r\n\r\n[\s\S]*\r\n\r\n/);
    }
    wire.forget();
    wire.send(get(server));
    await wire.until(/200 OK[\s\S]*\r\n\r\n[\s\S]*\r\n\r\n/);
    expect(proxy.events.map(({ user_id }) => user_id)).toEqual(['ann', 'bob', '']);
  });

  it('counts in the place of the name, too, for programs that leave the password empty', async () => {
    const [proxy, server] = [await proxyWith({}), await mirror()];
    const { text } = issue(proxy, 'ann');
    dialProxy(proxy).send(get(server, `Proxy-Authorization: ${basic(text, '')}`));
    await proxy.event(({ user_id }) => user_id === 'ann');
  });

  it('of a CONNECT counts for what is asked in its tunnel, HTTP/2 too; what is said inside does not', async () => {
    const proxy = await proxyWith({ header: { name: 'X-User', from: ['192.0.2.1'] } });
    const server = await serveHttp2(proxy, (stream, headers) => {
      stream.respond({ ':status': 200 });
      stream.end(JSON.stringify(headers));
    });
    ends.push(() => server.close());
    const { text } = issue(proxy, 'ann', ['sales']);
    const session = await openHttp2(proxy, server.authority, [`Proxy-Authorization: ${basic('ann', text)}`]);
    const fields = { ':path': '/', 'x-user': 'root', 'proxy-authorization': basic('bob', 'x'), 'x-other': 'stays' };
    const { body } = await requestHttp2(session, fields);
    session.destroy();
    expect(JSON.parse(body.toString())).toMatchObject({ 'x-other': 'stays' });
    expect(body.toString()).not.toMatch(/x-user|proxy-authorization/);
    await proxy.event(({ user_id, http_version }) => user_id === 'ann' && http_version === '2');
  });

  it('that is revoked or has ended counts no more, in open tunnels neither', async () => {
    const proxy = await proxyWith({});
    const server = await serveAnswers(proxy, () => ok('here'));
    ends.push(() => server.close());
    const { id, text } = issue(proxy, 'ann');
    const wire = await tunnel(proxy, server.authority, basic('ann', text));
    wire.send(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    await wire.until('here');
    wire.forget();
    proxy.worker.identify({ tokens: { put: [], gone: [id] } });
    wire.send(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    expect(await wire.until('revoked')).toMatch(/^HTTP\/1.1 403 /);
    const refused = dialProxy(proxy).send(connect(server.authority, basic('ann', text)));
    expect(await refused.until('revoked')).toMatch(/^HTTP\/1.1 407 /);
    const ended = issue(proxy, 'bob', [], -1).text;
    const late = dialProxy(proxy).send(connect(server.authority, basic('bob', ended)));
    expect(await late.until('ended on')).toMatch(/^HTTP\/1.1 407 /);
  });
});

const connect = (target: string, authorization?: string): string =>
  `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization ? `Proxy-Authorization: ${authorization}\r\n` : ''}\r\n`;

async function tunnel(proxy: TestProxy, target: string, authorization: string): Promise<Wire> {
  const wire = dialProxy(proxy).send(connect(target, authorization));
  await wire.until('200 Connection Established\r\n\r\n');
  wire.socket.removeAllListeners('data');
  const secure = connectTls({ socket: wire.socket, ca: proxy.ca, servername: target.split(':')[0]! });
  await once(secure, 'secureConnect');
  return new Wire(secure);
}

describe('what is no token', () => {
  let proxy: TestProxy;
  let token: string;
  beforeAll(async () => {
    proxy = await startTestProxy({});
    token = issue(proxy, 'ann').text;
  });
  afterAll(() => proxy.stop());

  const cases: [string, () => string[]][] = [
    ['not base64', () => ['Basic !!!']],
    ['nothing after the scheme', () => ['Basic']],
    ['no colon', () => [`Basic ${Buffer.from('nothing').toString('base64')}`]],
    ['another scheme', () => ['Bearer abc']],
    ['an unknown scheme with a right token', () => [`Negotiate ${token}`]],
    ['far too much', () => [`Basic ${'QUFB'.repeat(5_000)}`]],
    ['a password', () => [basic('ann', 'letmein')]],
    ['a token with a wrong letter', () => [basic('ann', `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)]],
    ['a token of another installation', () => [basic('ann', newProxyToken().text)]],
    ['a token twice', () => [basic('ann', token), basic('ann', token)]],
    ['a right one and a wrong one', () => [basic('ann', token), basic('bob', 'x')]],
  ];
  it.each(cases)('is answered 407, and never makes an unknown user: %s', async (_what, fields) => {
    const server = await mirror();
    const lines = fields().map((field) => `Proxy-Authorization: ${field}`);
    const wire = dialProxy(proxy).send(get(server, ...lines));
    const answer = await wire.until('HTTPS_PROXY', 10_000);
    expect(answer).toMatch(/^HTTP\/1.1 407 Proxy Authentication Required\r\n/);
    expect(answer).toContain('Proxy-Authenticate: Basic realm="Daylight", charset="UTF-8"\r\n');
    expect(server.connections).toHaveLength(0);
  });

  it('is told to the log once, and each further one waits longer', async () => {
    expect(proxy.log().match(/request without a user that counts/g)).toHaveLength(1);
    expect(proxy.events.filter(({ error }) => error.startsWith('ERR_IDENTITY'))).toHaveLength(1);
    const wire = dialProxy(proxy).send(connect('example.com:443', basic('ann', 'x')));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(wire.text).toBe('');
    const right = dialProxy(proxy).send(connect('origin.localhost:8443', basic('ann', token)));
    expect(await right.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('where a user is required', () => {
  it('a client that waits to be asked goes on with the same connection', async () => {
    const [proxy, server] = [await proxyWith({ require: true }), await mirror()];
    const { text } = issue(proxy, 'ann');
    const wire = dialProxy(proxy).send(get(server));
    await wire.until('PROXY:PORT\n');
    expect(wire.text).toMatch(/^HTTP\/1.1 407 /);
    wire.forget();
    wire.send(connect(server.authority));
    await wire.until('PROXY:PORT\n');
    wire.forget();
    wire.send(connect(server.authority, basic('ann', text)));
    await wire.until('200 Connection Established');
    wire.send(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    await proxy.event(({ user_id }) => user_id === 'ann');
    expect(server.connections).toHaveLength(1);
  });

  it('networks that are excepted need none', async () => {
    const [proxy, server] = [await proxyWith({ require: true, exempt: ['127.0.0.0/8'] }), await mirror()];
    const wire = dialProxy(proxy).send(get(server));
    await wire.until('200 OK');
    await proxy.event(({ user_id, user_source }) => user_id === '' && user_source === 'address');
  });

  it('a request with a body is answered and closed', async () => {
    const [proxy, server] = [await proxyWith({ require: true }), await mirror()];
    const wire = dialProxy(proxy);
    wire.send(`POST http://${server.authority}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345`);
    expect(await wire.until('PROXY:PORT\n')).toContain('Connection: close\r\n');
    await wire.over();
    expect(server.connections).toHaveLength(0);
  });

  it('without tokens nobody is asked for one', async () => {
    const [proxy, server] = [await proxyWith({ require: true, proxyTokens: 'off' }), await mirror()];
    const wire = dialProxy(proxy).send(get(server, `Proxy-Authorization: ${basic('ann', 'x')}`));
    expect(await wire.until('need a user')).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/);
  });
});

describe('the trusted header', () => {
  const header = { name: 'X-Authenticated-User', groups: 'X-Groups' };

  it('of a proxy in front names user and groups, and goes no further', async () => {
    const [proxy, server] = [await proxyWith({ header: { ...header, from: ['127.0.0.1'] } }), await mirror()];
    const wire = dialProxy(proxy);
    wire.send(get(server, 'x-authenticated-user: J\u00c3\u00b6rg', 'X-Groups: sales, ops', 'X-Groups-Else: kept'));
    const answer = await wire.until(/200 OK[\s\S]*\r\n\r\n[\s\S]*\r\n\r\n/);
    expect(answer).not.toMatch(/x-authenticated-user|x-groups:/i);
    expect(answer).toContain('X-Groups-Else: kept');
    await proxy.event(
      ({ user_id, user_groups, user_source }) =>
        user_id === 'Jörg' && user_groups.join() === 'sales,ops' && user_source === 'header',
    );
  });

  it.each([
    ['absolute-form', (server: RawServer) => get(server, 'X-Authenticated-User: root')],
    ['CONNECT', (server: RawServer) => connect(server.authority).replace('\r\n\r\n', '\r\nX-AUTHENTICATED-USER: root\r\n\r\n')],
    ['groups alone', (server: RawServer) => get(server, 'X-Groups: admins')],
    ['with a right token', (server: RawServer) => get(server, 'X-Authenticated-User: root', `Proxy-Authorization: TOKEN`)],
  ])('from elsewhere refuses the request, and is told: %s', async (_what, request) => {
    const [proxy, server] = [await proxyWith({ header: { ...header, from: ['192.0.2.0/24'] } }), await mirror()];
    const { text } = issue(proxy, 'ann');
    const wire = dialProxy(proxy).send(request(server).replace('TOKEN', basic('ann', text)));
    expect(await wire.until('not listed')).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/);
    expect(server.connections).toHaveLength(0);
    expect(proxy.log()).toContain('X-Authenticated-User says who somebody is');
  });

  it('that came twice is refused: a proxy that adds it would let clients choose', async () => {
    const [proxy, server] = [await proxyWith({ header: { ...header, from: ['127.0.0.1'] } }), await mirror()];
    const wire = dialProxy(proxy).send(get(server, 'X-Authenticated-User: ann', 'X-Authenticated-User: root'));
    expect(await wire.until('more than once')).toMatch(/^HTTP\/1.1 403 /);
  });
});

describe('addresses', () => {
  it('name the user by the longest prefix and the device by its lease, until that ends', async () => {
    let time = Date.now();
    const proxy = await proxyWith({ addresses: [{ networks: { '127.0.0.0/8': 'loop' } }] }, { now: () => time });
    const server = await mirror();
    const entry = { groups: [], device: '', user: '', until: 0 };
    proxy.worker.identify({
      addresses: {
        put: [
          { ...entry, key: '0 a', rank: 0, network: '127.0.0.0/8', user: 'loop' },
          { ...entry, key: '1 a', rank: 1, network: '127.0.0.1', device: 'ann-laptop', until: time + 1_000 },
        ],
        gone: [],
      },
    });
    const wire = dialProxy(proxy).send(get(server));
    await wire.until('200 OK');
    await proxy.event(
      ({ user_id, device_id, user_source }) => user_id === 'loop' && device_id === 'ann-laptop' && user_source === 'address-map',
    );
    time += 2_000;
    wire.forget();
    wire.send(get(server));
    await wire.until('200 OK');
    await proxy.event(({ user_id, device_id }) => user_id === 'loop' && device_id === '');
  });
});
