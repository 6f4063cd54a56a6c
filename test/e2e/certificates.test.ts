// The certificates that clients get, judged by the verifiers that clients use: openssl and Python in strict mode, curl, Node.
// And the first bytes of those clients, read as a tunnel reads them.

import { execFile, spawn, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject, type X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Ca, exportCa, openCa } from '../../src/proxy/ca.ts';
import {
  authorityKeyId,
  basicConstraints,
  buildCertificate,
  distinguishedName,
  keyIdOf,
  keyUsage,
  readProfile,
  subjectKeyId,
} from '../../src/proxy/certificate.ts';
import { type ClientHello, createClientHelloPeek } from '../../src/proxy/clienthello.ts';
import { createLeafIssuer, type LeafIssuer } from '../../src/proxy/leaf.ts';

const run = promisify(execFile);
const has = (program: string) =>
  spawnSync(program, ['--version']).error === undefined || spawnSync(program, ['version']).status === 0;
const openssl = has('openssl');
const curl = has('curl');
const python = ['python3.14', 'python3.13', 'python3'].find((name) => spawnSync(name, ['-c', 'import ssl']).status === 0);
const ipv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1');

let dir: string;
let own: Ca;
const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'daylight-certificates-'));
  own = await openCa({ dir: join(dir, 'own') });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function listen(onSocket: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  servers.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** An HTTPS server as the proxy is one to its clients. Answers every request, and says whether the session was resumed. */
function serve(issuer: LeafIssuer, host: string, address = '127.0.0.1'): Promise<number> {
  return listen(async (socket) => {
    const secureContext = await issuer.secureContextFor({ host });
    const tls = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
    tls.on('error', () => undefined);
    tls.once('data', () => tls.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'));
  }, address);
}

async function bring(name: string, keys: { root: KeyObject; lower: KeyObject }): Promise<Ca> {
  const make = (subject: string, key: KeyObject, parent: { certificate: X509Certificate; key: KeyObject } | undefined) => {
    const publicKey = createPublicKey(key);
    const issuerKey = parent ? parent.certificate.publicKey : publicKey;
    return buildCertificate({
      issuer: parent ? readProfile(parent.certificate).subject : distinguishedName({ commonName: subject }),
      subject: distinguishedName({ commonName: subject }),
      notBefore: new Date(Date.now() - 86_400_000),
      notAfter: new Date(Date.now() + 30 * 86_400_000),
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      extensions: [
        basicConstraints({ pathLength: parent ? 0 : 1 }),
        keyUsage(5, 6),
        subjectKeyId(keyIdOf(publicKey)),
        authorityKeyId(keyIdOf(issuerKey)),
      ],
      signer: parent?.key ?? key,
    });
  };
  const root = await make('Operator Root', keys.root, undefined);
  const lower = await make('Operator Issuing CA', keys.lower, { certificate: root, key: keys.root });
  const folder = join(dir, name);
  await openCa({ dir: folder }).catch(() => undefined);
  await writeFile(join(folder, 'ca.pem'), lower.toString());
  await writeFile(join(folder, 'ca.key'), keys.lower.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await writeFile(join(folder, 'chain.pem'), root.toString());
  return openCa({ dir: folder });
}

const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve }).privateKey;
const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

describe.skipIf(!openssl)('openssl verify -x509_strict accepts', () => {
  it.each<[string, () => Promise<Ca>]>([
    ['leaves of the CA that Daylight makes', async () => own],
    ['leaves below an intermediate of an RSA root', () => bring('rsa', { root: rsa(), lower: rsa() })],
    ['leaves below an EC intermediate on P-384 of an RSA root', () => bring('mixed', { root: rsa(), lower: ec('P-384') })],
    ['leaves below an intermediate on P-521', () => bring('p521', { root: ec(), lower: ec('P-521') })],
  ])('%s', async (_, open) => {
    const ca = await open();
    const issuer = createLeafIssuer(ca);
    const root = join(dir, 'anchor.pem');
    await writeFile(root, exportCa(ca));
    const hosts: [host: string, ...match: string[]][] = [
      ['example.com', '-verify_hostname', 'example.com'],
      ['bücher.example', '-verify_hostname', 'xn--bcher-kva.example'],
      [`${'a'.repeat(60)}.${'b'.repeat(60)}.example`, '-verify_hostname', `${'a'.repeat(60)}.${'b'.repeat(60)}.example`],
      ['192.0.2.1', '-verify_ip', '192.0.2.1'],
      ['2001:db8::1', '-verify_ip', '2001:db8::1'],
    ];
    for (const [host, ...match] of hosts) {
      const { chain } = await issuer.mint({ host });
      const file = join(dir, 'leaf.pem');
      await writeFile(file, chain);
      const { stdout } = await run('openssl', [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        ...match,
        '-CAfile',
        root,
        '-untrusted',
        file,
        file,
      ]);
      expect([host, stdout.trim()]).toEqual([host, `${file}: OK`]);
    }
  });

  it('the CA itself, as root', async () => {
    const { stdout } = await run('openssl', ['verify', '-x509_strict', '-CAfile', own.info.file, own.info.file]);
    expect(stdout).toContain('OK');
  });
});

describe.skipIf(!python)('Python with VERIFY_X509_STRICT connects', () => {
  const client = `
import socket, ssl, sys
cafile, address, port, name = sys.argv[1:]
context = ssl.create_default_context(cafile=cafile)
context.verify_flags |= ssl.VERIFY_X509_STRICT
with socket.create_connection((address, int(port)), 10) as raw, context.wrap_socket(raw, server_hostname=name) as tls:
    tls.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')
    print(tls.recv(100)[-2:].decode(), tls.version())
`;
  it.each([
    ['by name', 'tools.example', '127.0.0.1'],
    ['by IPv4 address', '127.0.0.1', '127.0.0.1'],
    ...(ipv6 ? [['by IPv6 address', '::1', '::1']] : []),
  ])('%s', async (_, name = '', address = '') => {
    const port = await serve(createLeafIssuer(own), name, address);
    const { stdout } = await run(python ?? '', ['-c', client, own.info.file, address, String(port), name]);
    expect(stdout.trim()).toBe('ok TLSv1.3');
  });

  it('below an intermediate that the operator brought', async () => {
    const ca = await bring('python', { root: rsa(), lower: ec() });
    const root = join(dir, 'python-root.pem');
    await writeFile(root, exportCa(ca));
    const port = await serve(createLeafIssuer(ca), 'tools.example');
    const { stdout } = await run(python ?? '', ['-c', client, root, '127.0.0.1', String(port), 'tools.example']);
    expect(stdout.trim()).toBe('ok TLSv1.3');
  });

  it('but not to another name', async () => {
    const port = await serve(createLeafIssuer(own), 'tools.example');
    await expect(run(python ?? '', ['-c', client, own.info.file, '127.0.0.1', String(port), 'other.example'])).rejects.toThrow(
      /CERTIFICATE_VERIFY_FAILED/,
    );
  });
});

describe.skipIf(!curl)('curl connects', () => {
  it.each([
    ['by name', 'tools.example', 'tools.example', '127.0.0.1'],
    ['by IPv4 address', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ...(ipv6 ? [['by IPv6 address', '::1', '[::1]', '::1']] : []),
  ])('%s', async (_, host = '', url = '', address = '') => {
    const port = await serve(createLeafIssuer(own), host, address);
    const { stdout } = await run('curl', [
      '-sS',
      '--noproxy',
      '*',
      '--cacert',
      own.info.file,
      '--resolve',
      `tools.example:${port}:127.0.0.1`,
      `https://${url}:${port}/`,
    ]);
    expect(stdout).toBe('ok');
  });
});

describe('Node connects', () => {
  async function visit(port: number, options: ConnectionOptions): Promise<{ reused: boolean; session: Buffer | undefined }> {
    const socket = connect({ port, host: '127.0.0.1', ca: exportCa(own), ...options });
    let session: Buffer | undefined;
    let reused = false;
    socket.once('secureConnect', () => {
      reused = socket.isSessionReused();
    });
    socket.on('session', (latest) => {
      session = latest;
    });
    socket.write('GET / HTTP/1.1\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    return { reused, session };
  }

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'and resumes its session over %s, also with another worker, but not for another host',
    async (maxVersion) => {
      const ticketKeys = Buffer.alloc(48, 7);
      const [issuer, neighbour] = [createLeafIssuer(own, { ticketKeys }), createLeafIssuer(own, { ticketKeys })];
      const port = await serve(issuer, 'tools.example');
      const first = await visit(port, { servername: 'tools.example', maxVersion });
      expect(first.reused).toBe(false);
      const again = { servername: 'tools.example', maxVersion, ...(first.session ? { session: first.session } : {}) };
      expect((await visit(port, again)).reused).toBe(true);
      expect((await visit(await serve(neighbour, 'tools.example'), again)).reused).toBe(true);
      expect((await visit(await serve(createLeafIssuer(own), 'tools.example'), again)).reused).toBe(false);
      const other = visit(await serve(issuer, 'other.example'), { ...again, checkServerIdentity: () => undefined });
      expect(
        await other.then(
          (seen) => seen.reused,
          () => false,
        ),
      ).toBe(false);
    },
  );

  it('to an address, by the name in the certificate', async () => {
    const port = await serve(createLeafIssuer(own), '127.0.0.1');
    await expect(visit(port, {})).resolves.toMatchObject({ reused: false });
  });
});

describe('the ClientHello of a real client is read', () => {
  /** Lets a client connect, keeps its first bytes, and hangs up. */
  async function capture(start: (port: number) => void): Promise<Buffer> {
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    const port = await listen((socket) => {
      const peek = createClientHelloPeek();
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => {
        chunks.push(chunk);
        if (peek.push(chunk).status === 'more') return;
        socket.destroy();
        resolve(Buffer.concat(chunks));
      });
    });
    start(port);
    return promise;
  }

  function helloOf(bytes: Buffer): ClientHello {
    const result = createClientHelloPeek().push(bytes);
    if (result.status !== 'hello') throw new Error(JSON.stringify(result));
    // The same in single bytes.
    const slowly = createClientHelloPeek();
    for (const byte of bytes) slowly.push(Buffer.from([byte]));
    expect(slowly.push(Buffer.alloc(0))).toEqual(result);
    return result.hello;
  }

  const dial = (options: ConnectionOptions) => async () =>
    helloOf(await capture((port) => connect({ port, host: '127.0.0.1', ...options }).on('error', () => undefined)));
  const start = (program: string, args: (port: number) => string[]) => async () =>
    helloOf(await capture((port) => spawn(program, args(port), { stdio: 'ignore' }).on('error', () => undefined)));

  it('from Node', async () => {
    const hello = await dial({ servername: 'tools.example', ALPNProtocols: ['h2', 'http/1.1'] })();
    expect(hello).toMatchObject({ sni: 'tools.example', alpn: ['h2', 'http/1.1'], versions: [0x0304, 0x0303], ech: false });
    expect(hello.ja4).toMatch(/^t13d\d{4}h2_[0-9a-f]{12}_[0-9a-f]{12}$/);
  });

  it('from Node, which is recognised by its fingerprint whatever host it visits, and told from one that offers less', async () => {
    const [a, b, address, old] = [
      await dial({ servername: 'a.example' })(),
      await dial({ servername: 'b.example' })(),
      await dial({})(),
      await dial({ servername: 'a.example', maxVersion: 'TLSv1.2' })(),
    ];
    expect(a.ja4).toBe(b.ja4);
    expect(address.sni).toBe('');
    expect(address.ja4.slice(0, 4)).toBe('t13i');
    expect(address.ja4.slice(10)).toBe(a.ja4.slice(10));
    expect(old.ja4.slice(0, 4)).toBe('t12d');
    expect(old.versions).toEqual([0x0303]);
  });

  it.skipIf(!openssl)('from openssl, with the ciphers that it was told to offer', async () => {
    const args = (port: number) => [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-servername',
      'Tools.Example',
      '-alpn',
      'http/1.1',
      '-tls1_2',
      '-cipher',
      'ECDHE-RSA-AES128-GCM-SHA256',
    ];
    const hello = await start('openssl', args)();
    expect(hello).toMatchObject({ sni: 'tools.example', alpn: ['http/1.1'], versions: [0x0303], ciphers: [0xc02f, 0x00ff] });
    expect(hello.ja4).toMatch(/^t12d02\d\dh1_/);
  });

  it.skipIf(!curl)('from curl', async () => {
    const args = (port: number) => [
      '-sk',
      '--noproxy',
      '*',
      '--max-time',
      '10',
      '--connect-to',
      `tools.example:443:127.0.0.1:${port}`,
      'https://tools.example/',
    ];
    expect((await start('curl', args)()).sni).toBe('tools.example');
  });

  it.skipIf(!python)('from Python', async () => {
    const script =
      'import socket, ssl, sys; ssl._create_unverified_context().wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10), server_hostname="tools.example")';
    const hello = await start(python ?? '', (port) => ['-c', script, String(port)])();
    expect(hello).toMatchObject({ sni: 'tools.example', alpn: [] });
    expect(hello.ja4.slice(8, 10)).toBe('00');
  });
});
