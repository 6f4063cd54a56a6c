// What is wrong with the mode list, the blocked servers and the pause: names that nothing bears, dates that are over or never
// come together, and lines that a later one always overrides.

import { redactUrl } from '../redact-url.ts';
import type { Checking } from './check.ts';
import { endOf, startOf } from './date.ts';
import { compileModeScope, targetOf } from './mode.ts';
import { covers, placeOf } from './origin.ts';
import type { ModeEntry } from './schema.ts';

const DAY = 86_400_000;

export function checkModes(checking: Checking): void {
  const { modes, pause } = checking.policy.modes;
  const ids = new Set(checking.rules.map((rule) => rule.id));
  const tags = new Set(checking.rules.flatMap((rule) => rule.tags));
  const lines = modes.map(lineOf);
  for (const [index, entry] of modes.entries()) {
    const path = ['modes', index];
    checking.attempt(path, () => compileModeScope(entry));
    if (entry.rule !== undefined && !ids.has(entry.rule)) {
      checking.warn([...path, 'rule'], `there is no rule ${entry.rule}; the entry has no effect`);
    }
    if (entry.tag !== undefined && !tags.has(entry.tag)) {
      checking.warn([...path, 'tag'], `no rule has the tag ${entry.tag}; the entry has no effect`);
    }
    if (startOf(entry.after) >= endOf(entry.until)) {
      checking.warn(
        [...path, 'after'],
        `${entry.after} is not before the end on ${entry.until}; the entry never counts, correct a date`,
      );
    } else if (checking.expired(entry.until)) {
      checking.warn([...path, 'until'], `the entry for ${targetOf(entry)} ended on ${entry.until}; renew or remove it`);
    } else {
      const later = lines.findIndex((other, at) => at > index && overrides(other, lines[index]!, checking.now));
      if (later >= 0) {
        const winner = `modes.${later} (${lines[later]!.target}: ${modes[later]!.mode})`;
        checking.warn(
          path,
          `the entry for ${targetOf(entry)} has no effect: ${winner} comes later and always fits, too; remove it or move it down`,
        );
      }
    }
  }
  checkBlocked(checking);
  if (pause === undefined) return;
  if (checking.expired(pause.until)) checking.warn(['pause', 'until'], `the pause ended on ${pause.until}; remove it`);
  else if (endOf(pause.until) > checking.now + DAY) {
    checking.warn(
      ['pause', 'until'],
      `nothing is blocked until ${pause.until}, more than a day from now; end it with "daylight resume"`,
    );
  }
}

function checkBlocked(checking: Checking): void {
  const blocked = checking.policy.modes.blocked.map(({ url, until }) => ({
    url: redactUrl(url),
    place: placeOf(url),
    until,
    end: endOf(until),
  }));
  for (const [index, block] of blocked.entries()) {
    if (checking.expired(block.until)) {
      checking.warn(['blocked', index, 'until'], `the block of ${block.url} expired on ${block.until}; renew or remove it`);
      continue;
    }
    const wider = blocked.findIndex(
      (other, at) =>
        at !== index &&
        other.end >= block.end &&
        covers(other.place, block.place) &&
        // Of two that say the same, the second is one too many.
        (at < index || other.end > block.end || !covers(block.place, other.place)),
    );
    if (wider >= 0) checking.warn(['blocked', index, 'url'], `${block.url} is blocked by blocked.${wider} already; remove one`);
  }
}

interface Line {
  entry: ModeEntry;
  target: string;
  from: number;
  to: number;
}

function lineOf(entry: ModeEntry): Line {
  return { entry, target: targetOf(entry), from: startOf(entry.after), to: endOf(entry.until) };
}

/** Whether a later line counts wherever and whenever, from `now` on, the earlier one does. */
function overrides(later: Line, earlier: Line, now: number): boolean {
  return (
    (later.target === 'all' || later.target === earlier.target) &&
    later.from <= Math.max(earlier.from, now) &&
    later.to >= earlier.to &&
    holdsShare(later, earlier) &&
    holdsPeople(later.entry, earlier.entry) &&
    holdsAll(later.entry.networks, earlier.entry.networks) &&
    holdsAll(later.entry.hosts, earlier.entry.hosts) &&
    (later.entry.when === undefined || later.entry.when === earlier.entry.when)
  );
}

function holdsShare(later: Line, earlier: Line): boolean {
  const share = ({ entry }: Line): number => Number.parseInt(entry.canary ?? '100%', 10);
  return share(later) === 100 || (later.target === earlier.target && share(later) >= share(earlier));
}

/** Users and groups are one key: any of either. */
function holdsPeople(later: ModeEntry, earlier: ModeEntry): boolean {
  if (later.users === undefined && later.groups === undefined) return true;
  if (earlier.users === undefined && earlier.groups === undefined) return false;
  const lower = (users: readonly string[] | undefined) => (users ?? []).map((user) => user.toLowerCase());
  return holdsAll(lower(later.users), lower(earlier.users)) && holdsAll(later.groups ?? [], earlier.groups ?? []);
}

function holdsAll(later: readonly string[] | undefined, earlier: readonly string[] | undefined): boolean {
  if (later === undefined) return true;
  return earlier?.every((each) => later.includes(each)) ?? false;
}
