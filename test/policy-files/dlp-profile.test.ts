// Changing a DLP profile in its file.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';
import { loadDlp } from '../../src/load-dlp.ts';
import { setDlpProfile } from '../../src/policy-files/dlp-profile.ts';

let rules: string;
let file: string;

beforeEach(() => {
  rules = mkdtempSync(join(tmpdir(), 'daylight-profile-'));
  mkdirSync(join(rules, 'local'));
  symlinkSync(join(INSTALL_DIR, 'rules/dlp'), join(rules, 'dlp'));
  file = join(rules, 'local/dlp.yml');
  cpSync(join(INSTALL_DIR, 'rules/local/dlp.yml'), file);
});
afterEach(() => rmSync(rules, { recursive: true, force: true }));

it('what is said is set, what is not said stays, and so do comments', async () => {
  const before = readFileSync(file, 'utf8');
  const done = await setDlpProfile(rules, 'sensitive-data', { request: 'redact', response: 'off', count: 3 });
  expect(done).toMatchObject({ action: 'dlp-profile', object: 'sensitive-data', files: [file] });
  const profile = loadDlp(rules).source.profiles[0];
  expect(profile).toMatchObject({
    request: 'redact',
    response: 'off',
    count: 3,
    threshold: 'medium',
    traffic: ['portal', 'approved'],
  });
  expect(readFileSync(file, 'utf8')).toContain("response: 'off'");
  const lines = (text: string) => text.split('\n').filter((line) => line.startsWith('#'));
  expect(lines(readFileSync(file, 'utf8'))).toEqual(lines(before));
  expect(await setDlpProfile(rules, 'sensitive-data', { request: 'redact' })).toMatchObject({ files: [] });
});

it('what would not be valid is refused, and nothing is written', async () => {
  writeFileSync(file, 'profiles:\n  # Of others, too.\n  - { id: all, detectors: [all], traffic: [shadow] }\n');
  const before = readFileSync(file, 'utf8');
  await expect(setDlpProfile(rules, 'all', { request: 'block' })).rejects.toThrow(/shadow traffic can only be logged/);
  await expect(setDlpProfile(rules, 'none', { request: 'log' })).rejects.toThrow(/there is no profile "none"; there are: all/);
  expect(readFileSync(file, 'utf8')).toBe(before);
  writeFileSync(file, 'profiles: [{ id: all }]\n');
  await expect(setDlpProfile(rules, 'all', { request: 'log' })).rejects.toThrow(/detectors/);
  rmSync(file);
  await expect(setDlpProfile(rules, 'all', { request: 'log' })).rejects.toThrow(/there are: none/);
});
