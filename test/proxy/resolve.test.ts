import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../src/proxy/guard.ts';
import { createHostsFile, parseHosts } from '../../src/proxy/hosts-file.ts';
import { createResolver, pinnedLookup } from '../../src/proxy/resolve.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'daylight-resolve-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function resolverWith(hosts: string, allowPrivate: string[] = []) {
  const hostsFile = join(dir, `hosts-${Math.random()}`);
  await writeFile(hostsFile, hosts);
  // A server that is never asked: every name of these tests is in the hosts file.
  return createResolver({ guard: createAddressGuard({ allowPrivate }), hostsFile, servers: ['127.0.0.1:9'] });
}

describe('resolving without DNS', () => {
  it('gives literals back, if they may be reached', async () => {
    const resolver = await resolverWith('');
    expect(await resolver.resolve('8.8.8.8')).toEqual({ addresses: [{ address: '8.8.8.8', family: 4 }] });
    expect(await resolver.resolve('2606:4700::1111')).toEqual({ addresses: [{ address: '2606:4700::1111', family: 6 }] });
    await expect(resolver.resolve('127.0.0.1')).rejects.toMatchObject({
      code: 'ERR_ADDRESS_REFUSED',
      message: expect.stringMatching(/^127\.0\.0\.1 is loopback.*proxy\.upstream\.allowPrivate/),
    });
    expect(resolver.stats).toMatchObject({ misses: 0, entries: 0 });
  });

  it('knows localhost and its subdomains, and refuses them unless allowed', async () => {
    await expect((await resolverWith('')).resolve('localhost')).rejects.toMatchObject({
      code: 'ERR_ADDRESS_REFUSED',
      message: expect.stringMatching(/^localhost resolves to .*loopback/),
    });
    const open = await resolverWith('', ['127.0.0.0/8']);
    for (const host of ['localhost', 'app.localhost', 'LOCALHOST.'])
      expect((await open.resolve(host)).addresses).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });

  it('asks the hosts file first, and drops only the addresses that may not be reached', async () => {
    const resolver = await resolverWith(
      '10.0.0.1 mixed.example # comment\n8.8.8.8 mixed.example Other.Example.\n169.254.169.254 meta.example\n',
    );
    expect((await resolver.resolve('mixed.example')).addresses).toEqual([{ address: '8.8.8.8', family: 4 }]);
    expect((await resolver.resolve('other.example')).addresses).toHaveLength(1);
    await expect(resolver.resolve('meta.example')).rejects.toMatchObject({
      code: 'ERR_ADDRESS_REFUSED',
      message: expect.stringMatching(/meta\.example resolves to .*169\.254\.169\.254 is a cloud metadata service/),
    });
  });

  it('asks once for many who want to know at once, and then remembers', async () => {
    const resolver = await resolverWith('8.8.8.8 a.example\n');
    const all = await Promise.all(Array.from({ length: 20 }, () => resolver.resolve('a.example')));
    expect(new Set(all).size).toBe(1);
    expect(resolver.stats).toMatchObject({ misses: 1, hits: 19, entries: 1 });
    resolver.clear();
    await resolver.resolve('a.example');
    expect(resolver.stats.misses).toBe(2);
  });

  it('keeps a bounded number of names', async () => {
    const hostsFile = join(dir, 'many');
    await writeFile(hostsFile, Array.from({ length: 50 }, (_, index) => `8.8.8.8 h${index}.example`).join('\n'));
    const resolver = createResolver({ guard: createAddressGuard({ allowPrivate: [] }), hostsFile, capacity: 10 });
    for (let index = 0; index < 50; index += 1) await resolver.resolve(`h${index}.example`);
    expect(resolver.stats.entries).toBe(10);
  });

  it('refuses what is no host', async () => {
    const resolver = await resolverWith('');
    for (const host of ['', 'a b', '127.1', '../x'])
      await expect(resolver.resolve(host)).rejects.toMatchObject({ code: 'ERR_AUTHORITY_INVALID' });
  });
});

describe('the hosts file', () => {
  it('is read as libc reads it', () => {
    const names = parseHosts(
      '127.0.0.1\tlocalhost loop\n\n# all comment\n::1 localhost ip6 # tail\nnonsense x\n1.2.3.4\n5.6.7.8 bad_name ok.example. 9.9.9.9\nfe80::1%lo0 zoned\r\n6.6.6.6 crlf.example\r\n',
    );
    expect(Object.fromEntries(names)).toEqual({
      localhost: ['127.0.0.1', '::1'],
      loop: ['127.0.0.1'],
      ip6: ['::1'],
      bad_name: ['5.6.7.8'],
      'ok.example': ['5.6.7.8'],
      'crlf.example': ['6.6.6.6'],
    });
  });

  it('is none when it is missing', async () => {
    expect(await createHostsFile(join(dir, 'missing')).find('localhost')).toEqual([]);
  });

  it('is read again when it has changed', async () => {
    const file = join(dir, 'changing');
    await writeFile(file, '8.8.8.8 a.example\n');
    const hosts = createHostsFile(file);
    expect(await hosts.find('b.example')).toEqual([]);
    await appendFile(file, '9.9.9.9 b.example\n');
    await expect.poll(() => hosts.find('b.example'), { timeout: 5000, interval: 200 }).toEqual(['9.9.9.9']);
  });
});

describe('a pinned lookup', () => {
  const lookup = pinnedLookup({
    addresses: [
      { address: '2606:4700::1', family: 6 },
      { address: '8.8.8.8', family: 4 },
    ],
  });
  const ask = (options: object) =>
    new Promise((resolve) =>
      lookup('anything.example', options, (error, address, family) => resolve(error ?? [address, family])),
    );

  it('answers with the checked addresses whatever it is asked for', async () => {
    expect(await ask({ all: true })).toEqual([
      [
        { address: '2606:4700::1', family: 6 },
        { address: '8.8.8.8', family: 4 },
      ],
      undefined,
    ]);
    expect(await ask({})).toEqual(['2606:4700::1', 6]);
    expect(await ask({ family: 4 })).toEqual(['8.8.8.8', 4]);
    expect(await ask({ family: 'IPv4', all: true })).toEqual([[{ address: '8.8.8.8', family: 4 }], undefined]);
  });
});
