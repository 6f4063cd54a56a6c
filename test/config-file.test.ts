// Changing keys of the configuration file.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { configFileOf } from '../src/config-file.ts';

let dir: string;
let file: string;
const PATH = ['store', 'retention'];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-config-file-'));
  file = join(dir, 'daylight.yaml');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (env: Record<string, string> = {}) => configFileOf({ cwd: dir, env });
const retention = () => loadConfig({ cwd: dir, env: {} }).store.retention;

describe('a key of the configuration file', () => {
  it.each([
    [
      'a file with comments',
      '# Ours.\nstore:\n  # Long enough.\n  retention: { flows: 90d } # days\nsensor: edge\n',
      ['# Ours.', '# Long enough.', '# days', 'sensor: edge'],
    ],
    ['a key with nothing after it', '# Ours.\nstore:\n  retention:\n', ['# Ours.']],
    ['a file without the key', 'sensor: edge # here\n', ['sensor: edge # here']],
    ['an empty file', '', []],
    ['no file', undefined, []],
  ])('is set in %s', async (_, text, kept) => {
    if (text !== undefined) writeFileSync(file, text);
    const config = open();
    expect(await config.set(PATH, { flows: '30d', audit: '1000d' }, await config.etag())).toBe(true);
    expect(retention()).toMatchObject({ flows: 30, audit: 1000, dlp: 365 });
    for (const part of kept) expect(readFileSync(file, 'utf8')).toContain(part);
  });

  it('is not set where somebody else changed the file meanwhile', async () => {
    writeFileSync(file, 'sensor: edge\n');
    const config = open();
    const etag = await config.etag();
    writeFileSync(file, 'sensor: other\n');
    expect(await config.set(PATH, { flows: '30d' }, etag)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('sensor: other\n');
  });

  it('is not set in a file that is broken', async () => {
    writeFileSync(file, 'senser: edge\n');
    const config = open();
    await expect(config.set(PATH, { flows: '30d' }, await config.etag())).rejects.toThrow(/senser/);
    expect(readFileSync(file, 'utf8')).toBe('senser: edge\n');
  });

  it('that cannot be written is told, with what to write by hand', async () => {
    writeFileSync(file, '');
    const config = open();
    const etag = await config.etag();
    // What the new text would be written to first: a folder is in its place, which not even root can write to.
    mkdirSync(join(dir, `.daylight.yaml.${process.pid}.tmp`));
    await expect(config.set(PATH, { flows: '30d' }, etag)).rejects.toThrow(
      /daylight\.yaml cannot be written \(.*\)\. Set store\.retention\.flows: 30d there yourself/,
    );
  });

  it('is told to be set by a variable, and the file by its name', () => {
    const config = open({ DAYLIGHT_STORE_RETENTION_FLOWS: '7d' });
    expect(config.setBy([...PATH, 'flows'])).toBe('DAYLIGHT_STORE_RETENTION_FLOWS');
    expect(config.setBy([...PATH, 'audit'])).toBe('');
    expect(config.file).toBe(file);
    expect(configFileOf({ cwd: dir, env: { DAYLIGHT_CONFIG: 'other.yaml' } }).file).toBe(join(dir, 'other.yaml'));
    expect(existsSync(file)).toBe(false);
  });
});
