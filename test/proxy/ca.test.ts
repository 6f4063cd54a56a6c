import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ca, exportCa, openCa, rotateCa } from '../../src/proxy/ca.ts';
import {
  basicConstraints,
  buildCertificate,
  canSign,
  distinguishedName,
  keyIdOf,
  keyUsage,
  readProfile,
  serverAuth,
  subjectAltName,
  subjectKeyId,
} from '../../src/proxy/certificate.ts';
import { createLeafIssuer } from '../../src/proxy/leaf.ts';

const run = promisify(execFile);
const DAY = 86_400_000;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'daylight-ca-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const at = (name: string) => join(dir, name);
const modeOf = async (name: string) => (await stat(at(name))).mode & 0o777;

interface Brought {
  certificate: X509Certificate;
  key: KeyObject;
}

/** A CA certificate as an operator's PKI would make it, or one with a fault. */
async function makeAuthority(options: {
  name: string;
  parent?: Brought;
  key?: KeyObject;
  pathLength?: number;
  usage?: number[];
  eku?: boolean;
  notCa?: boolean;
  days?: [from: number, to: number];
}): Promise<Brought> {
  const key = options.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const publicKey = createPublicKey(key);
  const subject = distinguishedName({ commonName: options.name, organization: 'Operator' });
  const [from, to] = options.days ?? [-1, 365];
  const certificate = await buildCertificate({
    issuer: options.parent ? readProfile(options.parent.certificate).subject : subject,
    subject,
    notBefore: new Date(Date.now() + from * DAY),
    notAfter: new Date(Date.now() + to * DAY),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    extensions: [
      ...(options.notCa ? [] : [basicConstraints({ pathLength: options.pathLength ?? 2 })]),
      keyUsage(...(options.usage ?? [5, 6])),
      ...(options.eku ? [serverAuth()] : []),
      subjectKeyId(keyIdOf(publicKey)),
    ],
    signer: options.parent?.key ?? key,
  });
  return { certificate, key };
}

const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;

async function bring(key: string, ...certificates: X509Certificate[]): Promise<void> {
  await writeFile(at('ca.key'), key, { mode: 0o600 });
  await writeFile(at('ca.pem'), certificates.join('\n'));
}

/** Lets a problem through only if it names its file. */
function refused(promise: Promise<unknown>, message: RegExp) {
  return expect(promise).rejects.toMatchObject({ code: 'ERR_CA', message: expect.stringMatching(message) });
}

describe('the first start makes a CA', () => {
  it('with a private key only its owner can read, and leaves nothing else behind', async () => {
    const ca = await openCa({ dir });
    expect((await readdir(dir)).sort()).toEqual(['ca.key', 'ca.pem']);
    expect(await modeOf('ca.key')).toBe(0o600);
    expect(ca.info).toMatchObject({
      origin: 'created',
      file: at('ca.pem'),
      subject: expect.stringMatching(/^O=Daylight, CN=Daylight CA [0-9A-F]{6}$/),
    });
    expect(ca.chain).toEqual([]);
    expect(ca.anchor).toBe(ca.certificate);
  });

  it('that is a certificate authority for ten years and for leaves only', async () => {
    const { certificate } = await openCa({ dir });
    expect(certificate.ca).toBe(true);
    expect(readProfile(certificate)).toMatchObject({ pathLength: 0, keyUsage: new Set([5, 6]), extendedKeyUsage: undefined });
    expect(certificate.validToDate.getUTCFullYear() - new Date().getUTCFullYear()).toBe(10);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  it('and the second start finds it', async () => {
    const first = await openCa({ dir });
    const second = await openCa({ dir });
    expect(second.info).toEqual({ ...first.info, origin: 'earlier' });
  });

  it('in a folder that is made if need be', async () => {
    await openCa({ dir: at('deep/er') });
    expect((await readdir(at('deep/er'))).sort()).toEqual(['ca.key', 'ca.pem']);
  });

  it('of which many openings at once see only one', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => openCa({ dir })));
    expect(new Set(all.map((ca) => ca.info.fingerprint)).size).toBe(1);
    expect(all.filter((ca) => ca.info.origin === 'created')).toHaveLength(1);
  });

  it('of which processes that start at once see only one', async () => {
    const module = fileURLToPath(new URL('../../src/proxy/ca.ts', import.meta.url));
    const script = `import { openCa } from ${JSON.stringify(module)}; console.log((await openCa({ dir: ${JSON.stringify(dir)} })).info.fingerprint)`;
    const all = await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, ['--input-type=module', '-e', script])));
    expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1);
    expect((await readdir(dir)).sort()).toEqual(['ca.key', 'ca.pem']);
  });

  it('that a crash between key and certificate does not spoil', async () => {
    await openCa({ dir });
    const key = await readFile(at('ca.key'), 'utf8');
    await rm(at('ca.pem'));
    const ca = await openCa({ dir });
    expect(await readFile(at('ca.key'), 'utf8')).toBe(key);
    expect(ca.certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  });

  it('or says that the folder cannot be used', async () => {
    await writeFile(at('file'), '');
    await refused(openCa({ dir: at('file/certs') }), /file\/certs.*"certs"/);
  });
});

describe('a CA that the operator brings is used as it is', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  it.each<[string, KeyObject, (key: KeyObject) => string]>([
    ['an EC key in PKCS #8', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, pkcs8],
    [
      'an EC key in SEC1',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      (key) => key.export({ type: 'sec1', format: 'pem' }) as string,
    ],
    ['an EC key of 521 bits', generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey, pkcs8],
    ['an RSA key in PKCS #8', rsa, pkcs8],
    ['an RSA key in PKCS #1', rsa, (key) => key.export({ type: 'pkcs1', format: 'pem' }) as string],
  ])('with %s', async (_, key, encode) => {
    const brought = await makeAuthority({ name: 'Operator Root', key });
    await bring(encode(key), brought.certificate);
    const ca = await openCa({ dir });
    expect(ca.info).toMatchObject({ origin: 'brought', subject: 'O=Operator, CN=Operator Root' });
    const leaf = new X509Certificate((await createLeafIssuer(ca).mint({ host: 'example.com' })).chain);
    expect(leaf.verify(brought.certificate.publicKey)).toBe(true);
    expect(leaf.checkIssued(brought.certificate)).toBe(true);
  });

  it('with an intermediate, whose chain goes out with every leaf, without the root', async () => {
    const root = await makeAuthority({ name: 'Root' });
    const upper = await makeAuthority({ name: 'Upper', parent: root });
    const lower = await makeAuthority({ name: 'Lower', parent: upper, pathLength: 0, eku: true });
    await bring(pkcs8(lower.key), lower.certificate);
    await writeFile(at('chain.pem'), [root.certificate, upper.certificate].join('\n'));
    const ca = await openCa({ dir });
    expect(ca.chain.map((each) => each.subject)).toEqual([lower, upper].map((each) => each.certificate.subject));
    expect(ca.anchor.subject).toBe(root.certificate.subject);
    const sent =
      (await createLeafIssuer(ca).mint({ host: 'a.example' })).chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
    expect(sent.map((each) => new X509Certificate(each).subject)).toEqual([
      'CN=a.example',
      lower.certificate.subject,
      upper.certificate.subject,
    ]);
    expect(exportCa(ca).toString()).toBe(root.certificate.toString());
  });

  it('with everything in ca.pem, in any order', async () => {
    const root = await makeAuthority({ name: 'Root' });
    const lower = await makeAuthority({ name: 'Lower', parent: root });
    await bring(pkcs8(lower.key), root.certificate, lower.certificate);
    const ca = await openCa({ dir });
    expect([ca.certificate.subject, ca.anchor.subject]).toEqual([lower, root].map((each) => each.certificate.subject));
  });

  it('with an intermediate alone, and a warning that clients need the root', async () => {
    const root = await makeAuthority({ name: 'Root' });
    const lower = await makeAuthority({ name: 'Lower', parent: root });
    await bring(pkcs8(lower.key), lower.certificate);
    const warnings: string[] = [];
    const ca = await openCa({ dir, log: { info: () => undefined, warn: (_, message) => warnings.push(message) } });
    expect(ca.chain).toHaveLength(1);
    expect(warnings.join()).toMatch(/root .* not at hand/);
  });

  it('with a warning when strict clients will refuse it', async () => {
    const root = await makeAuthority({ name: 'Root' });
    const lower = await makeAuthority({ name: 'Lower', parent: root });
    await bring(pkcs8(lower.key), lower.certificate, root.certificate);
    const warnings: object[] = [];
    await openCa({ dir, log: { info: () => undefined, warn: (fields) => warnings.push(fields) } });
    expect(warnings).toEqual([
      { file: at('ca.pem'), shortcomings: ['certificate "O=Operator, CN=Lower" lacks an authority key identifier'] },
    ]);
  });

  it('with a warning when it expires soon', async () => {
    const brought = await makeAuthority({ name: 'Old', days: [-300, 30] });
    await bring(pkcs8(brought.key), brought.certificate);
    const warnings: string[] = [];
    await openCa({ dir, log: { info: () => undefined, warn: (_, message) => warnings.push(message) } });
    expect(warnings.join()).toMatch(/expires soon/);
  });
});

describe('a CA that cannot do the job is refused with file and fix', () => {
  it.each<[string, Partial<Parameters<typeof makeAuthority>[0]>, RegExp]>([
    ['expired', { days: [-20, -1] }, /ca\.pem: .*expired on/],
    ['not valid yet', { days: [2, 20] }, /ca\.pem: .*clock/],
    ['no CA', { notCa: true }, /ca\.pem: .*not a CA certificate/],
    ['not allowed to sign', { usage: [0] }, /ca\.pem: .*keyCertSign/],
  ])('%s', async (_, fault, message) => {
    const brought = await makeAuthority({ name: 'Faulty', ...fault });
    await bring(pkcs8(brought.key), brought.certificate);
    await refused(openCa({ dir }), message);
  });

  it('a root that allows no intermediate below it', async () => {
    const root = await makeAuthority({ name: 'Root', pathLength: 0 });
    const lower = await makeAuthority({ name: 'Lower', parent: root });
    await bring(pkcs8(lower.key), lower.certificate, root.certificate);
    await refused(openCa({ dir }), /path length/);
  });

  it('a key of another certificate', async () => {
    const [a, b] = [await makeAuthority({ name: 'A' }), await makeAuthority({ name: 'B' })];
    await bring(pkcs8(a.key), b.certificate);
    await refused(openCa({ dir }), /ca\.key: does not belong to the certificate in .*ca\.pem/);
  });

  it('an encrypted key, old or new style', async () => {
    const { key, certificate } = await makeAuthority({ name: 'A' });
    await bring(key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }) as string, certificate);
    await refused(openCa({ dir }), /ca\.key: is encrypted.*openssl pkey/);
    await bring(key.export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }) as string, certificate);
    await refused(openCa({ dir }), /ca\.key: is encrypted/);
  });

  it('a key of a kind or size that clients do not accept', async () => {
    const { certificate } = await makeAuthority({ name: 'A' });
    for (const key of [
      generateKeyPairSync('ed25519').privateKey,
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey,
    ]) {
      expect(canSign(key)).toBe(false);
      await bring(pkcs8(key), certificate);
      await refused(openCa({ dir }), /ca\.key: is of kind (ed25519|EC secp256k1)/);
    }
    await bring(pkcs8(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), certificate);
    await refused(openCa({ dir }), /1024 bits/);
  });

  it.each([
    ['ca.key', 'nonsense', /ca\.key: holds no PEM private key/],
    ['ca.key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', /ca\.key: holds no PEM private key/],
    ['ca.pem', 'nonsense', /ca\.pem: holds no PEM certificate/],
    ['ca.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', /ca\.pem: certificate 1 of 1 cannot be parsed/],
  ])('%s with %j', async (name, text, message) => {
    await openCa({ dir });
    await writeFile(at(name), text);
    await refused(openCa({ dir }), message);
  });

  it('a private key in the file that is handed out', async () => {
    const { key, certificate } = await makeAuthority({ name: 'A' });
    await bring(pkcs8(key), certificate);
    await writeFile(at('ca.pem'), `${certificate}${pkcs8(key)}`);
    await refused(openCa({ dir }), /ca\.pem: holds a private key/);
  });

  it('half of a pair', async () => {
    const { key, certificate } = await makeAuthority({ name: 'A' });
    await writeFile(at('ca.pem'), certificate.toString());
    await refused(openCa({ dir }), /ca\.key is missing/);
    await rm(at('ca.pem'));
    await writeFile(at('ca.key'), pkcs8(key), { mode: 0o600 });
    await refused(openCa({ dir }), /ca\.pem is missing/);
  });

  it.skipIf(process.platform === 'win32')('a key that others can read is made private, and said so', async () => {
    await openCa({ dir });
    await chmod(at('ca.key'), 0o644);
    const warnings: object[] = [];
    await openCa({ dir, log: { info: () => undefined, warn: (fields) => warnings.push(fields) } });
    expect(await modeOf('ca.key')).toBe(0o600);
    expect(warnings).toEqual([{ file: at('ca.key'), mode: '0644' }]);
  });
});

describe('rotation', () => {
  it('replaces the CA and keeps the old certificate for export', async () => {
    const before = await openCa({ dir });
    const after = await rotateCa({ dir });
    expect(after.info.fingerprint).not.toBe(before.info.fingerprint);
    expect(after.previous?.fingerprint256).toBe(before.info.fingerprint);
    expect((await readdir(dir)).sort()).toEqual(['ca.key', 'ca.pem', 'previous.pem']);
    expect(await modeOf('ca.key')).toBe(0o600);
    expect(exportCa(after, 'pem', 'previous').toString()).toBe(before.certificate.toString());
    expect(exportCa(after, 'pem', 'all').toString()).toBe(`${after.certificate}${before.certificate}`);
  });

  it('can be staged, so that clients trust the next CA before it signs', async () => {
    const before = await openCa({ dir });
    const staged = await rotateCa({ dir, stage: true });
    expect(staged.info.fingerprint).toBe(before.info.fingerprint);
    expect(await modeOf('next.key')).toBe(0o600);
    expect((await rotateCa({ dir, stage: true })).next?.fingerprint256).toBe(staged.next?.fingerprint256);
    const after = await rotateCa({ dir });
    expect(after.info.fingerprint).toBe(staged.next?.fingerprint256);
    expect(after.next).toBeUndefined();
  });

  it('is finished by the next start if it was cut off', async () => {
    await openCa({ dir });
    const staged = await rotateCa({ dir, stage: true });
    await rename(at('next.key'), at('ca.key'));
    const ca = await openCa({ dir });
    expect(ca.info.fingerprint).toBe(staged.next?.fingerprint256);
    expect((await readdir(dir)).sort()).toEqual(['ca.key', 'ca.pem']);
  });

  it('is left to the operator for a CA that was brought', async () => {
    const brought = await makeAuthority({ name: 'Root' });
    await bring(pkcs8(brought.key), brought.certificate);
    await refused(rotateCa({ dir }), /ca\.pem was not made by Daylight/);
  });

  it('exports DER, and says what there is not to export', async () => {
    const ca: Ca = await openCa({ dir });
    expect(new X509Certificate(exportCa(ca, 'der')).fingerprint256).toBe(ca.info.fingerprint);
    expect(() => exportCa(ca, 'pem', 'previous')).toThrow(/no previous CA/);
  });
});

describe('leaves', () => {
  async function leafFor(host: string, extraSans: string[] = []): Promise<X509Certificate> {
    return new X509Certificate((await createLeafIssuer(await openCa({ dir })).mint({ host, extraSans })).chain);
  }

  it.each([
    ['Example.COM.', 'DNS:example.com', 'CN=example.com'],
    ['bücher.example', 'DNS:xn--bcher-kva.example', 'CN=xn--bcher-kva.example'],
    ['my_host.internal', 'DNS:my_host.internal', 'CN=my_host.internal'],
    ['192.0.2.1', 'IP Address:192.0.2.1', 'CN=192.0.2.1'],
    ['2001:DB8::1', 'IP Address:2001:DB8:0:0:0:0:0:1', 'CN=2001:db8::1'],
    ['[::1]', 'IP Address:0:0:0:0:0:0:0:1', 'CN=::1'],
  ])('for %s name %s', async (host, san, subject) => {
    const leaf = await leafFor(host);
    expect([leaf.subjectAltName, leaf.subject]).toEqual([san, subject]);
  });

  it('name further hosts once', async () => {
    const leaf = await leafFor('a.example', ['192.0.2.1', 'A.example', 'b.example']);
    expect(leaf.subjectAltName).toBe('DNS:a.example, IP Address:192.0.2.1, DNS:b.example');
  });

  it('have no common name when it would be too long, and are matched by their names all the same', async () => {
    const host = `${'a'.repeat(60)}.example.com`;
    const leaf = await leafFor(host);
    expect(leaf.subject ?? '').toBe('');
    expect(leaf.checkHost(host)).toBe(host);
  });

  it('are short-lived, for servers only, and each with its own positive serial of 127 bits', async () => {
    const issuer = createLeafIssuer(await openCa({ dir }));
    const leaves = await Promise.all(
      Array.from({ length: 50 }, async () => new X509Certificate((await issuer.mint({ host: 'a.example' })).chain)),
    );
    expect(new Set(leaves.map((leaf) => leaf.serialNumber)).size).toBe(50);
    for (const leaf of leaves) {
      expect(leaf.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
      expect((leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / DAY).toBeCloseTo(8, 3);
      expect(leaf.ca).toBe(false);
      expect(readProfile(leaf)).toMatchObject({ keyUsage: new Set([0]), extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] });
    }
  });

  it('never outlive the CA', async () => {
    const brought = await makeAuthority({ name: 'Short', days: [-1, 3] });
    await bring(pkcs8(brought.key), brought.certificate);
    const ca = await openCa({ dir });
    expect(new X509Certificate((await createLeafIssuer(ca).mint({ host: 'a.example' })).chain).validToDate).toEqual(
      brought.certificate.validToDate,
    );
    await refused(
      createLeafIssuer(ca, { now: () => Date.now() + 4 * DAY }).secureContextFor({ host: 'a.example' }),
      /CA certificate expired/,
    );
  });

  it('are minted once for many who ask at once, and again before they expire', async () => {
    let now = Date.now();
    const issuer = createLeafIssuer(await openCa({ dir }), { now: () => now });
    const contexts = await Promise.all(Array.from({ length: 20 }, () => issuer.secureContextFor({ host: 'a.example' })));
    expect(new Set(contexts).size).toBe(1);
    expect(issuer.stats).toMatchObject({ minted: 1, hits: 19, entries: 1 });
    now += 3 * DAY;
    expect(await issuer.secureContextFor({ host: 'A.example.' })).toBe(contexts[0]);
    now += 2 * DAY;
    expect(await issuer.secureContextFor({ host: 'a.example' })).not.toBe(contexts[0]);
    expect(issuer.stats.minted).toBe(2);
  });

  it('do not pile up: the least recently used context goes first', async () => {
    const issuer = createLeafIssuer(await openCa({ dir }), { capacity: 2 });
    const a = await issuer.secureContextFor({ host: 'a.example' });
    await issuer.secureContextFor({ host: 'b.example' });
    await issuer.secureContextFor({ host: 'a.example' });
    await issuer.secureContextFor({ host: 'c.example' });
    expect(issuer.stats.entries).toBe(2);
    expect(await issuer.secureContextFor({ host: 'a.example' })).toBe(a);
    expect(issuer.stats.minted).toBe(3);
  });

  it('are not made for what is no host, and that is not remembered', async () => {
    const issuer = createLeafIssuer(await openCa({ dir }));
    for (const host of ['', '../../x', 'a b', '127.1'])
      await expect(issuer.secureContextFor({ host })).rejects.toMatchObject({ code: 'ERR_AUTHORITY_INVALID' });
    expect(issuer.stats.entries).toBe(0);
  });
});

describe('certificates', () => {
  it('write dates from 2050 on as GeneralizedTime', async () => {
    const { certificate } = await makeAuthority({ name: 'Far', days: [0, 365 * 40] });
    expect(certificate.validToDate.getUTCFullYear()).toBeGreaterThan(2060);
  });
  it('mark the names as critical when there is no subject', () => {
    expect(JSON.stringify(subjectAltName(['a.example'], true))).not.toBe(JSON.stringify(subjectAltName(['a.example'], false)));
  });
});
