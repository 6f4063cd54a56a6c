import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { clean, describeConnectionError, readTlsFiles } from '../../../src/sinks/destinations/connection-error.ts';

const dir = mkdtempSync(join(tmpdir(), 'daylight-tls-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('text from outside', () => {
  it('becomes one printable line of limited length', () => {
    expect(clean(' a\u001b[31m\r\nb\u202ec\u200d\u2028d ')).toBe('a [31m b c d');
    expect([...clean('😀'.repeat(400))]).toHaveLength(300);
  });
});

describe('why a receiver is not reached', () => {
  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', /is not trusted .*; set ca to the PEM file/],
    ['CERT_HAS_EXPIRED', /has expired/],
    ['ENOTFOUND', /is not known/],
    ['ECONNREFUSED', /nothing listens at siem:6514/],
    ['EPIPE', /closed the connection/],
    ['EPROTO', /TLS with siem:6514 failed/],
    ['ETIMEDOUT', /siem:6514: connect ETIMEDOUT/],
  ])('is said for %s', (code, said) => {
    const message = `connect ${code}`;
    expect(describeConnectionError(Object.assign(new Error(message), { code }), 'siem:6514')).toMatch(said);
  });
});

describe('files for TLS', () => {
  it('are refused when they are missing, or hold something else', () => {
    const file = join(dir, 'x.pem');
    expect(() => readTlsFiles({ ca: file })).toThrow(/ca: cannot read .*x\.pem/);
    writeFileSync(file, 'hello');
    expect(() => readTlsFiles({ clientKey: file })).toThrow(/clientKey: .* holds no PEM block named PRIVATE KEY/);
    writeFileSync(file, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    expect(() => readTlsFiles({ clientCert: file })).toThrow(/not usable for TLS/);
  });
});
