import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, consoleCertificate } from '../../src/app/sign-in.ts';
import { type Config, configSchema } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-certificate-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const configOf = (settings: Record<string, unknown>): Config =>
  configSchema.parse({ certs: join(dir, 'certs'), console: settings });
const sourceOf = (settings: Record<string, unknown>) => consoleCertificate(configOf(settings), createLog('error'));

describe('the console', () => {
  it.each([
    ['127.0.0.1:0', 'auto', 'http:'],
    ['localhost:0', 'auto', 'http:'],
    ['[::1]:0', 'auto', 'http:'],
    ['127.0.0.1:0', 'on', 'https:'],
    ['0.0.0.0:0', 'auto', 'https:'],
    ['[::]:0', 'auto', 'https:'],
    ['10.0.0.7:0', 'auto', 'https:'],
    ['10.0.0.7:0', 'off', 'http:'],
  ])('that listens on %s with tls: %s is served over %s', (listen, tls, protocol) => {
    expect(sourceOf({ listen, tls }) === undefined).toBe(protocol === 'http:');
    expect(new URL(addressOf(configOf({ listen, tls }), 8443))).toMatchObject({ protocol, port: '8443' });
  });

  it('has a certificate of the CA for its public name, that is good for a week', async () => {
    const source = sourceOf({ listen: '10.0.0.7:0', url: 'https://daylight.corp.example' })!;
    const { cert, key } = await source.fetch();
    const certificate = new X509Certificate(cert);
    expect(certificate.checkHost('daylight.corp.example')).toBeDefined();
    expect(certificate.checkIP('10.0.0.7')).toBeDefined();
    expect(certificate.issuer).toContain('Daylight CA');
    expect(key).toContain('BEGIN PRIVATE KEY');
    expect(certificate.validToDate.getTime() - Date.now()).toBeGreaterThan(6 * 86_400_000);
  });

  it('takes a certificate of the operator as the files are now, and names the file that it cannot read', async () => {
    const [cert, key] = [join(dir, 'c.pem'), join(dir, 'k.pem')];
    const source = sourceOf({ tls: { cert, key } })!;
    await expect(source.fetch()).rejects.toThrow(`console.tls: cannot read ${cert}`);
    writeFileSync(cert, 'one');
    writeFileSync(key, 'key');
    expect(await source.fetch()).toEqual({ cert: 'one', key: 'key' });
    writeFileSync(cert, 'two');
    expect(await source.fetch()).toEqual({ cert: 'two', key: 'key' });
  });
});
