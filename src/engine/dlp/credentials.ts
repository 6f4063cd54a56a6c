// Takes credentials out of texts that are stored, whatever their traffic and whether or not there are profiles.
//
// All detectors of family `credential` read the text, with its member names if it is JSON; what they find from medium confidence on
// becomes {redacted}. A text that could not be read to its end is not stored at all.

import { REDACTED } from '../redact-url.ts';
import { type CompiledDlp, rankOf } from './compile.ts';
import { type CoverageRule, coverRules } from './coverage.ts';
import { readJson } from './read-json.ts';
import { TextReader } from './read-text.ts';
import { redactFragments, writeDocument } from './redact.ts';
import type { Search } from './search.ts';
import { settleHits } from './settle.ts';
import type { ScanTools } from './types.ts';

/** Running time of one text. Excerpts take far less; it is for what nobody foresaw. */
const BUDGET_MS = 200;
const RULE: CoverageRule = { profile: '', threshold: rankOf('medium'), count: 1, action: 'redact' };

/** @returns a function that never throws and is fast for clean text. */
export function createCredentialRedactor(dlp: CompiledDlp, tools: ScanTools): (text: string) => string {
  const rules = dlp.detectors.map(({ source }) => (source.family === 'credential' ? [RULE] : undefined));
  const coverage = coverRules(dlp, rules, 'request');

  function redact(text: string): string {
    const search: Search = { tools, hits: [], lastNear: new Map(), work: 0 };
    const reader = new TextReader(coverage, search);
    const end = tools.now() + BUDGET_MS;
    for (const _ of readJson({ text, where: '', scope: 'all' }, coverage, reader)) {
      search.work = 0;
      if (tools.now() > end) return REDACTED;
    }
    if (reader.truncated === 'size' || reader.truncated === 'budget') return REDACTED;
    if (search.hits.length === 0) return text;
    const steps = redactFragments(settleHits(search.hits, coverage).redacted, () => REDACTED);
    for (;;) {
      const step = steps.next();
      if (step.done) return writeDocument(text, step.value);
    }
  }

  return (text) => {
    try {
      return redact(text);
    } catch {
      return REDACTED;
    }
  };
}
