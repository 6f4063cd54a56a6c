import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ConsoleNotes, openConsoleNotes } from '../../src/store/console-notes.ts';

let dir: string;
let notes: ConsoleNotes;
const broken: string[] = [];
const open = () => openConsoleNotes(dir, (message) => void broken.push(message));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-notes-'));
  notes = open();
});
afterEach(() => {
  notes.close();
  rmSync(dir, { recursive: true, force: true });
});

const KEY = 'https://x.example/mcp';

it('keeps who looks after a server, and changes only what is named', () => {
  expect(notes.review({ serverKey: KEY, state: 'in-review', owner: 'ana', note: 'asked' }, 'bob', 1)).toEqual({
    before: { serverKey: KEY, state: 'new', owner: '', note: '' },
    after: { serverKey: KEY, state: 'in-review', owner: 'ana', note: 'asked' },
  });
  notes.review({ serverKey: KEY, state: 'new' }, 'bob', 2);
  notes.close();
  notes = open();
  expect(notes.reviews().get(KEY)).toEqual({ serverKey: KEY, state: 'new', owner: 'ana', note: 'asked' });
});

it('keeps how far it is with a finding, and when that was said', () => {
  notes.noteFinding('f1', { state: 'resolved', note: 'done' }, 'ana', 5);
  notes.noteFinding('f1', { assignee: 'bob' }, 'ana', 9);
  expect(notes.findingNotes().get('f1')).toEqual({ id: 'f1', state: 'resolved', assignee: 'bob', note: 'done', changed: 5 });
});

it('keeps when each person looked last', () => {
  notes.looked('ana', 7);
  expect([notes.lastLook('ana'), notes.lastLook('bob')]).toEqual([7, 0]);
});

it('forgets a person: notes on their findings, when they looked, and their name where they worked on others', () => {
  notes.noteFinding('theirs', { state: 'resolved', note: 'ana says it was a test' }, 'bob', 1);
  notes.noteFinding('other', { assignee: 'Ana' }, 'ana', 2);
  notes.review({ serverKey: KEY, state: 'in-review', owner: 'ana', note: 'kept' }, 'ana', 3);
  notes.looked('ana', 4);
  notes.looked('bob', 4);
  const forget = () => notes.forget(new Set(['theirs', 'unknown']), (name) => name.toLowerCase() === 'ana', 'p-1');
  expect(forget()).toEqual({ deleted: 2, renamed: 4 });
  expect([...notes.findingNotes().values()]).toMatchObject([{ id: 'other', assignee: 'p-1' }]);
  expect(notes.reviews().get(KEY)).toMatchObject({ owner: 'p-1', note: 'kept' });
  expect([notes.lastLook('ana'), notes.lastLook('bob')]).toEqual([0, 4]);
  expect(forget()).toEqual({ deleted: 0, renamed: 0 });
});

it('keeps no bytes of what was forgotten', () => {
  notes.noteFinding('theirs', { note: 'ana says it was a test' }, 'bob', 1);
  notes.forget(new Set(['theirs']), () => false, 'p-1');
  const bytes = ['', '-wal'].map((suffix) => readFileSync(join(dir, `console.sqlite${suffix}`), 'latin1')).join('');
  expect(bytes).not.toContain('it was a test');
});

it('is readable by its owner alone, and puts a damaged file aside', () => {
  expect(statSync(join(dir, 'console.sqlite')).mode & 0o777).toBe(0o600);
  notes.close();
  writeFileSync(join(dir, 'console.sqlite'), 'this is no database, and long enough to be read as one '.repeat(40));
  notes = open();
  expect(broken).toEqual([expect.stringContaining('console.sqlite.broken')]);
  expect(notes.reviews().size).toBe(0);
});
