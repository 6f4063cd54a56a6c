// HTTP/2 on either side or both: translation to and from HTTP/1.1, streams in both directions at once, gRPC, and sessions that end.

import { once } from 'node:events';
import type { ClientHttp2Session, ServerHttp2Stream } from 'node:http2';
import { type ClientDuplexStream, credentials, makeGenericClientConstructor, Server, ServerCredentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  deadline,
  eventually,
  ok,
  openHttp2,
  openTls,
  requestHttp2,
  serveAnswers,
  serveHttp2,
  startTestProxy,
  type TestProxy,
} from './proxy.ts';

let proxy: TestProxy;
const closers: (() => void)[] = [];

beforeAll(async () => {
  proxy = await startTestProxy();
});
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});
afterAll(() => proxy.stop());

async function http1(answer: Parameters<typeof serveAnswers>[1]): ReturnType<typeof serveAnswers> {
  const server = await serveAnswers(proxy, answer);
  closers.push(() => server.close());
  return server;
}

async function http2(serve: Parameters<typeof serveHttp2>[1]): ReturnType<typeof serveHttp2> {
  const server = await serveHttp2(proxy, serve);
  closers.push(() => server.close());
  return server;
}

async function session(authority: string): Promise<ClientHttp2Session> {
  const opened = await openHttp2(proxy, authority);
  closers.push(() => opened.destroy());
  return opened;
}

async function wireTo(authority: string): ReturnType<typeof openTls> {
  const wire = await openTls(proxy, authority, { alpn: ['http/1.1'] });
  closers.push(() => wire.destroy());
  return wire;
}

describe('HTTP/2 clients of HTTP/1.1 servers', () => {
  it('the request arrives as HTTP/1.1: Host from :authority, one Cookie, no connection fields', async () => {
    let seen = '';
    const server = await http1((request) => {
      seen = request;
      return ok('ok', 'Connection: keep-alive', 'Keep-Alive: timeout=5', 'X-Case: Kept');
    });
    const answer = await requestHttp2(await session(server.authority), {
      ':path': '/p?q',
      cookie: ['a=1', 'b=2'],
      'x-a': '1',
      te: 'trailers',
    });
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toBe('ok');
    expect(answer.headers['x-case']).toBe('Kept');
    expect(answer.headers.connection).toBeUndefined();
    expect(seen).toMatch(new RegExp(`^GET /p\\?q HTTP/1.1\r\nHost: ${server.authority}\r\n`));
    expect(seen).toContain('cookie: a=1; b=2\r\n');
    expect(seen).toContain('TE: trailers\r\nConnection: TE\r\n');
  });

  it('fields that HTTP/2 wants once, and statuses that it does not know, do no harm', async () => {
    const server = await http1((request) => {
      if (request.includes('/999')) return 'HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n';
      return ok(
        'ok',
        'Content-Type: a/b',
        'Content-Type: c/d',
        'Date: x',
        'Date: y',
        'ETag: 1',
        'ETag: 2',
        'TE: gzip',
        'Upgrade: h2',
        'Set-Cookie: a',
        'Set-Cookie: b',
      );
    });
    const client = await session(server.authority);
    const answer = await requestHttp2(client, { ':path': '/' });
    expect(answer.status).toBe(200);
    expect(answer.raw.filter((name) => name === 'content-type')).toHaveLength(2);
    expect(answer.headers['set-cookie']).toEqual(['a', 'b']);
    expect((await requestHttp2(client, { ':path': '/999' })).status).toBe(502);
    expect((await requestHttp2(client, { ':path': '/again' })).status).toBe(200);
  });

  it('bodies without length become chunks and back, with trailers', async () => {
    let seen = '';
    const server = await http1((request, wire) => {
      void wire.until('\r\n0\r\n').then((text) => {
        seen = text;
        wire.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n');
      });
      return request === '' ? '' : undefined;
    });
    const answer = await requestHttp2(
      await session(server.authority),
      { ':method': 'POST', ':path': '/', te: 'trailers' },
      'abc',
      { 'x-up': '7' },
    );
    expect(answer.body.toString()).toBe('hello');
    expect(answer.trailers).toEqual(['x-sum', '1', 'x-sum', '2']);
    await eventually('the trailers at the server', () => seen.includes('0\r\nx-up: 7\r\n\r\n') || undefined);
    expect(seen).toContain('Transfer-Encoding: chunked\r\n');
  });

  it.each([
    ['HEAD', 200, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['GET', 204, 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 304, 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
  ])('%s answered %i has no body', async (method, status, bytes) => {
    const server = await http1((request) => (request.includes('/next') ? ok('next') : bytes));
    const client = await session(server.authority);
    const answer = await requestHttp2(client, { ':method': method, ':path': '/' });
    expect(answer).toMatchObject({ status, code: 0 });
    expect(answer.body).toHaveLength(0);
    expect((await requestHttp2(client, { ':path': '/next' })).body.toString()).toBe('next');
  });

  it('a POST without body has a length', async () => {
    let seen = '';
    const server = await http1((request) => {
      seen = request;
      return ok('ok');
    });
    await requestHttp2(await session(server.authority), { ':method': 'POST', ':path': '/' });
    expect(seen).toContain('Content-Length: 0\r\n');
  });

  it('103 arrives, with its repeated fields; 100-continue is answered here', async () => {
    const server = await http1(() => `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\nConnection: x\r\n\r\n${ok('ok')}`);
    const answer = await requestHttp2(
      await session(server.authority),
      { ':method': 'POST', ':path': '/', expect: '100-continue' },
      'body',
    );
    expect(answer.interim).toEqual([100, 103]);
    expect(answer.body.toString()).toBe('ok');
  });

  it('many streams at once each get their own answer, over several connections', async () => {
    const server = await http1((request) => ok(/\/\d+/.exec(request)![0]));
    const client = await session(server.authority);
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => requestHttp2(client, { ':path': `/${i}` })));
    expect(answers.map((answer) => answer.body.toString())).toEqual(answers.map((_, i) => `/${i}`));
  });

  it('a server that dies within the answer resets the stream, not the session', async () => {
    const server = await http1((request, wire) => {
      if (request.includes('/ok')) return ok('ok');
      wire.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      setTimeout(() => wire.destroy(), 20);
      return undefined;
    });
    const client = await session(server.authority);
    const answer = await requestHttp2(client, { ':path': '/die' });
    expect(answer.body.toString()).toBe('half');
    expect(answer.code).not.toBe(0);
    expect((await requestHttp2(client, { ':path': '/ok' })).status).toBe(200);
  });

  it('a body without length that breaks off does not look whole', async () => {
    const server = await http1((_request, wire) => {
      wire.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
      setTimeout(() => wire.destroy(), 20);
      return undefined;
    });
    const answer = await requestHttp2(await session(server.authority), { ':path': '/die' });
    expect(answer.body.toString()).toBe('half');
    expect(answer.code).not.toBe(0);
  });

  it('an upload that breaks off does not look whole to the server', async () => {
    const server = await http1(() => undefined);
    const stream = (await session(server.authority)).request({ ':method': 'POST', ':path': '/' });
    stream.on('error', () => undefined);
    stream.write('half of it');
    await eventually('the upload at the server', () => server.connections[0]?.text.includes('half of it'));
    // close() would end the body first.
    stream.destroy(new Error('cut'));
    await eventually('the end at the server', () => server.connections[0]!.ended || server.connections[0]!.closed);
    expect(server.connections[0]!.text).not.toContain('\r\n0\r\n');
  });

  it('a stream that the client cancels ends at the server', async () => {
    const server = await http1(
      (_request, wire) => void wire.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'),
    );
    const stream = (await session(server.authority)).request({ ':path': '/sse' });
    stream.on('error', () => undefined);
    await Promise.race([once(stream, 'data'), deadline('the first event')]);
    stream.close(8);
    await eventually('the end at the server', () => server.connections[0]!.ended || server.connections[0]!.closed);
  });
});

describe('HTTP/1.1 clients of HTTP/2 servers', () => {
  // The client offers both and is answered in what the server speaks, so an HTTP/1.1 client of an HTTP/2 server comes with no
  // ALPN of its own that HTTP/2 servers accept; plain prior knowledge inside CONNECT is how the two meet.
  it('a server that speaks only HTTP/2 is an error that says so', async () => {
    const server = await http2((stream) => stream.respond({ ':status': 200 }, { endStream: true }));
    const wire = await wireTo(server.authority);
    wire.send(`GET / HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`);
    expect(await wire.until('Event id')).toMatch(/^HTTP\/1.1 502 /);
  });
});

describe('HTTP/2 on both sides', () => {
  it('heads, bodies and trailers pass in both directions', async () => {
    const got: { raw: string[]; body: string; trailers: string[] } = { raw: [], body: '', trailers: [] };
    const server = await http2((stream, _headers, raw) => {
      got.raw = raw;
      stream.on('trailers', (_fields, _flags, list?: string[]) => {
        got.trailers = list ?? [];
      });
      stream.on('data', (chunk: Buffer) => {
        got.body += chunk.toString();
      });
      stream.on('end', () => {
        stream.additionalHeaders({ ':status': 103, link: '</a>' });
        stream.respond({ ':status': 201, 'x-twice': ['1', '2'] }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-down': '1' }));
        stream.end('answer');
      });
    });
    const answer = await requestHttp2(
      await session(server.authority),
      { ':method': 'PUT', ':path': '/x', 'x-many': ['1', '2'] },
      'question',
      { 'x-up': '1' },
    );
    expect(answer).toMatchObject({ status: 201, interim: [103], trailers: ['x-down', '1'] });
    expect(answer.body.toString()).toBe('answer');
    expect(got).toMatchObject({ body: 'question', trailers: ['x-up', '1'] });
    expect(got.raw.filter((name) => name === 'x-many')).toHaveLength(2);
    expect(got.raw[got.raw.indexOf(':authority') + 1]).toBe(server.authority);
  });

  it('shares one session to the server between clients', async () => {
    const server = await http2((stream) => {
      stream.respond({ ':status': 200 });
      stream.end('ok');
    });
    const clients = await Promise.all(Array.from({ length: 6 }, () => session(server.authority)));
    const answers = await Promise.all(
      clients.flatMap((client) => Array.from({ length: 5 }, () => requestHttp2(client, { ':path': '/' }))),
    );
    expect(answers.every((answer) => answer.body.toString() === 'ok')).toBe(true);
    expect(server.sessions.size).toBe(1);
  });

  it('streams both ways at once: neither side waits for the other to finish', async () => {
    const server = await http2((stream) => {
      stream.respond({ ':status': 200 });
      stream.write('first');
      stream.on('data', (chunk: Buffer) => stream.write(`echo ${chunk}`));
      stream.on('end', () => stream.end('bye'));
    });
    const stream = (await session(server.authority)).request({ ':method': 'POST', ':path': '/duplex' });
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await eventually('the first word of the server', () => text === 'first' || undefined);
    for (const word of ['one', 'two']) {
      stream.write(word);
      await eventually('the echo', () => text.endsWith(`echo ${word}`) || undefined);
    }
    stream.end();
    await eventually('the end', () => text.endsWith('bye') || undefined);
  });

  it('a session that the server retires is replaced', async () => {
    const server = await http2((stream) => {
      stream.respond({ ':status': 200 });
      stream.end('ok');
    });
    const client = await session(server.authority);
    await requestHttp2(client, { ':path': '/1' });
    for (const old of server.sessions) old.goaway(0);
    for (const old of server.sessions) old.close();
    await eventually('the old session ends', () => server.sessions.size === 0 || undefined);
    expect((await requestHttp2(client, { ':path': '/2' })).body.toString()).toBe('ok');
    for (const old of server.sessions) old.destroy();
    await eventually('the second session ends', () => server.sessions.size === 0 || undefined);
    expect((await requestHttp2(client, { ':path': '/3' })).body.toString()).toBe('ok');
  });

  it('a reset by the server reaches the client, before the answer and within it', async () => {
    const server = await http2((stream, headers) => {
      if (headers[':path'] === '/within') {
        stream.respond({ ':status': 200 });
        stream.write('half');
        setTimeout(() => stream.destroy(new Error('cut')), 20);
      } else stream.close(2);
    });
    const client = await session(server.authority);
    expect((await requestHttp2(client, { ':path': '/before' })).status).toBe(502);
    const within = await requestHttp2(client, { ':path': '/within' });
    expect(within.body.toString()).toBe('half');
    expect(within.code).not.toBe(0);
  });

  it('a cancelled stream is cancelled at the server', async () => {
    let cancelled: number | undefined;
    const server = await http2((stream) => {
      stream.respond({ ':status': 200 });
      stream.write('go');
      stream.on('close', () => {
        cancelled = stream.rstCode;
      });
    });
    const stream = (await session(server.authority)).request({ ':path': '/' });
    stream.on('error', () => undefined);
    await Promise.race([once(stream, 'data'), deadline('data')]);
    stream.close(8);
    await eventually('the reset at the server', () => cancelled !== undefined || undefined);
    expect(cancelled).toBe(8);
  });

  it('an upload that breaks off does not look whole to the server', async () => {
    let outcome = '';
    const server = await http2((stream) => {
      stream.on('data', () => {});
      stream.on('end', () => {
        outcome ||= stream.aborted ? 'aborted' : 'whole';
      });
      stream.on('aborted', () => {
        outcome ||= 'aborted';
      });
    });
    const stream = (await session(server.authority)).request({ ':method': 'POST', ':path': '/' });
    stream.on('error', () => undefined);
    stream.write('half of it');
    await new Promise((resolve) => setTimeout(resolve, 60));
    stream.destroy(new Error('cut'));
    await eventually('the end at the server', () => outcome || undefined);
    expect(outcome).toBe('aborted');
  });

  it('h2c with prior knowledge inside CONNECT', async () => {
    const { createServer, connect } = await import('node:http2');
    const plain = createServer();
    plain.on('stream', (stream: ServerHttp2Stream, headers) => {
      stream.respond({ ':status': 200 });
      stream.end(`plain ${headers[':path']}`);
    });
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    closers.push(() => plain.close());
    const authority = `localhost:${(plain.address() as { port: number }).port}`;
    const { openTunnel } = await import('./proxy.ts');
    const tunnel = await openTunnel(proxy, authority);
    tunnel.socket.removeAllListeners('data');
    const client = connect(`http://${authority}`, { createConnection: () => tunnel.socket });
    client.on('error', () => undefined);
    closers.push(() => client.destroy());
    const answer = await requestHttp2(client, { ':path': '/h2c' });
    expect(answer.body.toString()).toBe('plain /h2c');
  });
});

describe('gRPC through CONNECT', () => {
  const text = {
    requestSerialize: (value: string) => Buffer.from(value),
    requestDeserialize: (bytes: Buffer) => bytes.toString(),
    responseSerialize: (value: string) => Buffer.from(value),
    responseDeserialize: (bytes: Buffer) => bytes.toString(),
  };
  const definition = {
    Say: { path: '/echo.Echo/Say', requestStream: false, responseStream: false, ...text },
    Talk: { path: '/echo.Echo/Talk', requestStream: true, responseStream: true, ...text },
  };

  it('unary calls, errors in trailers, and bidirectional streams that answer before the request ends', async () => {
    const server = new Server();
    server.addService(definition, {
      Say: (call: { request: string }, done: (error: object | null, value?: string) => void) =>
        call.request === 'fail' ? done({ code: 9, details: 'not today' }) : done(null, `said ${call.request}`),
      Talk: (call: NodeJS.ReadWriteStream & { write(value: string): void }) => {
        call.write('welcome');
        call.on('data', (word: string) => call.write(`heard ${word}`));
        call.on('end', () => call.end());
      },
    });
    const leaf = await serverPem(proxy);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(
        '127.0.0.1:0',
        ServerCredentials.createSsl(null, [{ private_key: leaf.key, cert_chain: leaf.cert }]),
        (error, bound) => (error ? reject(error) : resolve(bound)),
      ),
    );
    closers.push(() => server.forceShutdown());
    const before = process.env.grpc_proxy;
    process.env.grpc_proxy = `http://127.0.0.1:${proxy.port}`;
    const Client = makeGenericClientConstructor(definition, 'Echo');
    const client = new Client(`grpc.localhost:${port}`, credentials.createSsl(Buffer.from(proxy.ca))) as InstanceType<
      typeof Client
    > & {
      Say(value: string, done: (error: { code: number; details: string } | null, value?: string) => void): void;
      Talk(): ClientDuplexStream<string, string>;
    };
    process.env.grpc_proxy = before ?? '';
    closers.push(() => client.close());
    const say = (value: string) =>
      new Promise<unknown>((resolve) =>
        client.Say(value, (error, answer) => resolve(error ? `${error.code} ${error.details}` : answer)),
      );
    expect(await Promise.race([say('hi'), deadline('the unary answer')])).toBe('said hi');
    expect(await Promise.race([say('fail'), deadline('the error')])).toBe('9 not today');
    const talk = client.Talk();
    const heard: string[] = [];
    talk.on('data', (word: string) => heard.push(word));
    talk.on('error', () => undefined);
    await eventually('the server speaks first', () => heard.includes('welcome') || undefined);
    for (const word of ['a', '{"jsonrpc":"2.0"}']) {
      talk.write(word);
      await eventually(`heard ${word}`, () => heard.includes(`heard ${word}`) || undefined);
    }
    talk.end();
    await Promise.race([once(talk, 'end'), deadline('the end of the talk')]);
    await proxy.event((event) => event.path === '/echo.Echo/Talk' && event.disposition !== 'failed');
  });
});

/** grpc-js wants PEM and not a context. */
async function serverPem(of: TestProxy): Promise<{ key: Buffer; cert: Buffer }> {
  const { openCa } = await import('../../src/proxy/ca.ts');
  const {
    buildCertificate,
    distinguishedName,
    keyIdOf,
    authorityKeyId,
    keyUsage,
    KEY_USAGE,
    readProfile,
    serverAuth,
    subjectAltName,
    subjectKeyId,
  } = await import('../../src/proxy/certificate.ts');
  const { generateKeyPairSync } = await import('node:crypto');
  const ca = await openCa({ dir: `${of.dir}/servers` });
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const certificate = await buildCertificate({
    issuer: readProfile(ca.certificate).subject,
    subject: distinguishedName({ commonName: 'grpc.localhost' }),
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    extensions: [
      subjectAltName(['grpc.localhost'], false),
      keyUsage(KEY_USAGE.digitalSignature),
      serverAuth(),
      subjectKeyId(keyIdOf(publicKey)),
      authorityKeyId(readProfile(ca.certificate).subjectKeyId!),
    ],
    signer: ca.key,
  });
  return { key: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })), cert: Buffer.from(certificate.toString()) };
}
