// The silent baseline of the rule pack: recordings of traffic that is not MCP, judged with every rule in force. A rule that
// names one of them is wrong, however well its own samples go. Weak evidence (`suspect`) is allowed.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decide } from '../engine/decide.ts';
import { judgeHar } from '../engine/har.ts';
import { redactUrl } from '../engine/redact-url.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import { DaylightError } from '../errors.ts';
import { readHarFile } from './har-file.ts';

/** An exchange that is benign and was named all the same. */
export interface FalseAlarm {
  file: string;
  /** Entry of the recording, from 0. */
  index: number;
  url: string;
  traffic: string;
  rules: string[];
  reason: string;
}

/** @returns how many exchanges were judged, and the false alarms */
export function judgeBenignCorpus(folder: string, snapshot: Snapshot, prefix: number): { entries: number; alarms: FalseAlarm[] } {
  const alarms: FalseAlarm[] = [];
  let entries = 0;
  for (const file of recordings(folder)) {
    const judged = judgeHar(readHarFile(file, prefix), (flow, previous) => decide(flow, snapshot, previous));
    entries += judged.length;
    for (const { entry, verdict } of judged) {
      if (verdict.traffic === 'none' || verdict.traffic === 'suspect') continue;
      const { traffic, reason } = verdict;
      const rules = verdict.matches.map((match) => match.ruleId);
      alarms.push({ file, index: entry.index, url: redactUrl(entry.flow.request.url), traffic, rules, reason });
    }
  }
  return { entries, alarms };
}

function recordings(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.har'))
      .sort()
      .map((file) => join(folder, file));
  } catch (cause) {
    throw new DaylightError(
      'ERR_USAGE',
      `${folder}: no folder of recordings (${(cause as Error).message}); name one with --benign`,
      { cause },
    );
  }
}
