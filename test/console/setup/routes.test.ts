import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INSTALL_DIR } from '../../../src/config.ts';
import type { SetupCa } from '../../../src/console/setup/certificates.ts';
import { type SetupOptions, setupRoutes } from '../../../src/console/setup/routes.ts';
import { openCa, rotateCa } from '../../../src/proxy/ca.ts';

let dir: string;
let ca: SetupCa;
let faults: Error[] = [];
const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>';

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-setup-'));
  await openCa({ dir });
  const { anchor, next, info } = await rotateCa({ dir, stage: true });
  const certificates = [anchor, next!].map((each) => each.toString());
  ca = { certificates, subject: info.subject, fingerprint: info.fingerprint, expires: info.notAfter };
});
afterAll(() => rmSync(dir, { recursive: true }));

function get(path: string, init: RequestInit = {}, changes: Partial<SetupOptions> = {}): Response | Promise<Response> {
  faults = [];
  const options: SetupOptions = {
    ca: async () => ca,
    proxyUrl: () => 'http://proxy.corp.example:8080',
    pac: { direct: ['*.corp.example', '10.0.0.0/8'], failover: 'none' },
    onFault: (error) => faults.push(error),
    ...changes,
  };
  return setupRoutes(options, '', () => ({ throughProxy: true, trustsCa: null, client: HOSTILE })).request(
    `http://daylight.internal${path}`,
    init,
  );
}
const bytes = async (path: string) => Buffer.from(await (await get(path)).arrayBuffer());
const openssl = (args: string[], input: Buffer) =>
  execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });

describe('the CA is given', () => {
  it('as PEM, with the next one during a rotation', async () => {
    const response = await get('/ca.crt');
    expect(response.headers.get('content-type')).toBe('application/x-x509-ca-cert');
    expect(response.headers.get('content-disposition')).toContain('daylight-ca.crt');
    expect((await response.text()).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  it('as DER, the one in force alone', async () => {
    expect(new X509Certificate(await bytes('/ca.cer')).fingerprint256).toBe(ca.fingerprint);
  });

  it('as PKCS#7 that OpenSSL reads', async () => {
    const text = openssl(['pkcs7', '-inform', 'DER', '-print_certs'], await bytes('/ca.p7b'));
    expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(text).toContain('Daylight CA');
  });

  it('as a profile for Apple, whose content is the certificate', async () => {
    const response = await get('/ca.mobileconfig');
    expect(response.headers.get('content-type')).toBe('application/x-apple-aspen-config');
    const text = await response.text();
    const [first] = [...text.matchAll(/<data>([^<]+)<\/data>/g)].map(
      ([, data]) => new X509Certificate(Buffer.from(data!, 'base64')),
    );
    expect(first?.fingerprint256).toBe(ca.fingerprint);
    const uuids = [...text.matchAll(/<key>PayloadUUID<\/key><string>([^<]+)</g)].map(([, id]) => id);
    expect(new Set(uuids).size).toBe(3);
    for (const id of uuids) expect(id).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-8[0-9A-F]{3}-[0-9A-F]{12}$/);
    expect(await (await get('/ca.mobileconfig')).text()).toBe(text);
  });

  it('in a bundle with the public roots', async () => {
    const text = (await bytes('/bundle.pem')).toString();
    expect(text.startsWith(ca.certificates[0]!.trim())).toBe(true);
    expect(text.match(/BEGIN CERTIFICATE/g)!.length).toBeGreaterThan(100);
  });

  it('never with its key', async () => {
    for (const path of ['/ca.crt', '/ca.pem', '/ca.cer', '/ca.p7b', '/ca.mobileconfig', '/bundle.pem'])
      expect((await bytes(path)).includes('PRIVATE KEY')).toBe(false);
  });
});

describe('the page', () => {
  it('shows the fingerprint, and needs no script and nothing from elsewhere', async () => {
    const response = await get('/');
    const text = await response.text();
    expect(text).toContain(ca.fingerprint);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'nonce-/);
    expect(text).not.toMatch(/<script|src=|@import|url\(/);
  });

  it('shows what a certificate calls itself as text', async () => {
    const text = await (await get('/', {}, { ca: async () => ({ ...ca, subject: HOSTILE }) })).text();
    expect(text).not.toContain('<script>');
    expect(text).toContain('&lt;script&gt;');
  });

  it('says where a client comes from as text, for people and as JSON', async () => {
    expect(await (await get('/test')).text()).not.toContain('<script>');
    const json = await get('/test', { headers: { accept: 'application/json' } });
    expect(await json.json()).toEqual({ throughProxy: true, trustsCa: null, client: HOSTILE });
    expect(json.headers.get('vary')).toBe('accept');
  });
});

it('gives the lines that docs/start/clients.md has', async () => {
  const text = await (
    await get('/', {}, { proxyUrl: () => 'http://127.0.0.1:8080', pac: { direct: [], failover: 'none' } })
  ).text();
  const docs = readFileSync(join(INSTALL_DIR, 'docs/start/clients.md'), 'utf8');
  for (const id of ['get-sh', 'shell-sh']) {
    const shown = new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(text)?.[1] ?? expect.fail(id);
    const lines = shown.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&').split('\n');
    // In the page, what comes from the configuration stands in quotes.
    for (const line of lines) expect(docs).toContain(line.replace("'http://127.0.0.1:8080'", 'http://127.0.0.1:8080'));
  }
});

describe('the automatic configuration', () => {
  it.each(['/proxy.pac', '/wpad.dat'])('%s has the type that browsers expect', async (path) => {
    const response = await get(path);
    expect(response.headers.get('content-type')).toBe('application/x-ns-proxy-autoconfig');
    expect(await response.text()).toContain('dnsDomainIs(host, ".corp.example")');
  });
});

describe('scripts', () => {
  it('hold in single quotes what comes from the configuration', async () => {
    const text = await (await get('/env.sh', {}, { pac: { direct: ["a';touch hit;'b"], failover: 'none' } })).text();
    expect(text).toContain(`,a'\\'';touch hit;'\\''b'`);
    expect(() => execFileSync('sh', ['-n'], { input: text })).not.toThrow();
  });

  it('name what is reached without the proxy', async () => {
    expect(await (await get('/env.sh')).text()).toContain("NO_PROXY='localhost,127.0.0.1,::1,.corp.example,10.0.0.0/8'");
    expect(await (await get('/env.ps1')).text()).toContain("$env:HTTPS_PROXY = 'http://proxy.corp.example:8080'");
  });
});

describe('refuses', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s', async (method) => {
    for (const path of ['/', '/test', '/ca.crt', '/proxy.pac', '/env.sh', '/nowhere']) {
      const response = await get(path, { method, ...(method === 'OPTIONS' ? {} : { body: 'x'.repeat(10_000) }) });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
    }
  });

  it.each([
    '/nowhere',
    '/ca.key',
    '/../certs/ca.key',
    '/%2e%2e/ca.key',
    '/ca.crt/x',
    '/a'.repeat(2_000),
    '/%00',
    '/%ff',
    '/<script>',
  ])('%s', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('There is no such page. Begin at /\n');
  });

  it('and says so while there is no CA, without the reason', async () => {
    for (const path of ['/', '/ca.crt', '/ca.cer', '/ca.p7b', '/bundle.pem']) {
      const response = await get(path, {}, { ca: () => Promise.reject(new Error('/secret/place')) });
      expect(response.status).toBe(503);
      expect(await response.text()).not.toContain('/secret/place');
      expect(faults).toHaveLength(1);
    }
  });

  it('HEAD gets the head', async () => {
    const response = await get('/ca.crt', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });
});
