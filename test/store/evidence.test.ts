import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createEvidenceSealer, openEvidence } from '../../src/store/evidence.ts';

const dir = mkdtempSync(join(tmpdir(), 'daylight-evidence-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const EVIDENCE = { detector: 'payment-card', field: 'request.body.params.arguments.note', value: '4111 1111 1111 1111' };

function write(name: string, content: string | Buffer): string {
  const file = join(dir, name);
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

function writePair(name: string, keys: { publicKey: KeyObject; privateKey: KeyObject }): { open: string; secret: string } {
  return {
    open: write(`${name}.pub.pem`, keys.publicKey.export({ type: 'spki', format: 'pem' })),
    secret: write(`${name}.pem`, keys.privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
}

const ec = writePair('ec', generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const rsa = writePair('rsa', generateKeyPairSync('rsa', { modulusLength: 2048 }));

test.each([
  ['EC', ec],
  ['RSA', rsa],
])('what was sealed for an %s key is opened by its private half and says nothing by itself', async (_, { open, secret }) => {
  const sealed = await createEvidenceSealer(open)(EVIDENCE);
  expect(sealed).not.toContain('4111');
  expect(sealed.split('.')).toHaveLength(5);
  expect(await openEvidence(sealed, secret)).toEqual(EVIDENCE);
});

test('another key does not open it, and says so', async () => {
  const sealed = await createEvidenceSealer(ec.open)(EVIDENCE);
  await expect(openEvidence(sealed, rsa.secret)).rejects.toThrow(/sealed for another key/);
});

test('a private key, a weak key, no key and no file are refused with the fix', () => {
  const weak = writePair('weak', generateKeyPairSync('rsa', { modulusLength: 1024 }));
  const signing = writePair('ed', generateKeyPairSync('ed25519'));
  expect(() => createEvidenceSealer(ec.secret)).toThrow(/private key, which must not lie on this machine/);
  expect(() => createEvidenceSealer(weak.open)).toThrow(/cannot be used; make one with/);
  expect(() => createEvidenceSealer(signing.open)).toThrow(/cannot be used; make one with/);
  expect(() => createEvidenceSealer(write('text', 'hello'))).toThrow(/holds no key in PEM form/);
  expect(() => createEvidenceSealer(join(dir, 'nowhere'))).toThrow(/cannot be read/);
});
