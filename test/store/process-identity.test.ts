import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findEngineLibrary } from '../../src/store/engine-library.ts';
import { claimFolder } from '../../src/store/folder-claim.ts';
import { loadInstallationKey } from '../../src/store/installation-key.ts';
import { isProcessLive, pidOf, processIdentity } from '../../src/store/process-identity.ts';
import { laneOf, parseSegmentFile, segmentFile, worthOf } from '../../src/store/segment.ts';
import { auditEvent, benignEvent, flowEvent } from './sample-event.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'daylight-identity-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('processIdentity', () => {
  test('names this process, and it is alive', () => {
    const own = processIdentity('worker');
    expect(own).toMatch(/^worker\.[0-9a-f]+\.\d+\.\d+$/);
    expect(pidOf(own)).toBe(process.pid);
    expect(isProcessLive(own)).toBe(true);
    expect(processIdentity('worker')).toBe(own);
  });

  test('a killed process is dead, and so is an earlier one with the same number', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const identity = processIdentity('worker', child.pid);
    expect(isProcessLive(identity)).toBe(true);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(isProcessLive(identity)).toBe(false);
    const [label, boot, pid, start] = processIdentity('worker').split('.');
    expect(isProcessLive(`${label}.${boot}.${pid}.${Number(start) - 1}`)).toBe(false);
    expect(isProcessLive(`${label}.00000000.${pid}.${start}`)).toBe(false);
    expect(isProcessLive('no identity')).toBe(false);
  });
});

describe('claimFolder', () => {
  test('gives a folder to one living owner, and takes it from a dead one', async () => {
    const release = claimFolder(dir);
    expect(() => claimFolder(dir)).toThrow(/in use by another Daylight \(process \d+\)/);
    release();
    await writeFile(join(dir, 'owner'), 'daylight.0.1.1');
    claimFolder(dir)();
    expect(() => claimFolder(join(dir, 'missing'))).toThrow(/cannot claim/);
  });
});

describe('loadInstallationKey', () => {
  test('makes a key once, readable by its owner only, and refuses a damaged one', async () => {
    const key = loadInstallationKey(dir);
    expect(key).toHaveLength(32);
    expect(loadInstallationKey(dir).equals(key)).toBe(true);
    const file = join(dir, 'keys', 'installation.key');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 10));
    expect(() => loadInstallationKey(dir)).toThrow(/is damaged/);
  });
});

describe('findEngineLibrary', () => {
  test('says what to do where there is no engine', () => {
    expect(() => findEngineLibrary('linux', 'riscv64')).toThrow(
      expect.objectContaining({ code: 'ERR_ENGINE_MISSING', message: expect.stringContaining('clickhouse.url') }),
    );
  });
});

describe('segment names', () => {
  test('say writer, lane, table and state', () => {
    const file = segmentFile(processIdentity('worker'), 'http_flow.benign', 12, 'ndjson');
    expect(parseSegmentFile(file)).toEqual({
      id: file.replace('.ndjson', ''),
      writer: processIdentity('worker'),
      lane: 'http_flow.benign',
      table: 'http_flow',
      sealed: true,
    });
    for (const other of ['dead', 'installation', 'clickhouse.passed', 'x-y-1.tmp', 'a-http_flow-1.ndjson.new']) {
      expect(parseSegmentFile(other)).toBeUndefined();
    }
  });

  test('what is worth least has a lane of its own', () => {
    expect([flowEvent(), benignEvent(), auditEvent(), benignEvent({ disposition: 'blocked' })].map(laneOf)).toEqual([
      'http_flow',
      'http_flow.benign',
      'audit_log',
      'http_flow',
    ]);
    expect([flowEvent(), benignEvent(), auditEvent(), flowEvent({ disposition: 'blocked' })].map(worthOf)).toEqual([1, 0, 2, 2]);
  });
});
