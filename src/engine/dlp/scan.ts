// One scan of one message: reads it, settles what was found, and writes the redacted form. It can be left at any time and gone on
// with later, and it has a budget of running time, because what it reads comes from strangers.
//
//   budget   10 ms, or 60 ms per MiB of text if that is more; when it is spent, what was found by then counts (`truncated: budget`).
//            It does not stop a scan that has done little: what the first scans of a process take is not the fault of the text
//   size     4 MiB of characters are read (`truncated: size`)
//
// Findings that are reported are bounded; what is redacted is not.

import type { Finding } from '../verdict.ts';
import type { Coverage } from './coverage.ts';
import type { Hit } from './fragment.ts';
import { maskOf } from './mask.ts';
import { placeholderOf } from './placeholder.ts';
import { readHeaders } from './read-headers.ts';
import { readJson } from './read-json.ts';
import { TextReader } from './read-text.ts';
import { redactFragments, writeDocument, writeHeaders } from './redact.ts';
import type { Search } from './search.ts';
import { type Settled, settleHits } from './settle.ts';
import type { Content, Scan, ScanResult, ScanTools } from './types.ts';

const BUDGET_MS = 10;
const BUDGET_MS_PER_CHARACTER = 60 / (1024 * 1024);
/** Work in characters that is done whatever the clock says, about 1 ms. */
const LEAST_WORK = 250_000;
/** Findings of one message that are reported. */
const MAX_FINDINGS = 100;
/** Placeholders with a hash; hashing takes some microseconds. */
const MAX_HASHED = 500;
const HASH_DIGITS = 32;

export interface ScanOptions {
  tools: ScanTools;
  /** Placeholders of equal values are equal within it. */
  session: string;
}

/** Begins a scan; nothing is read before `run`. */
export function startScan(content: Content, coverage: Coverage, options: ScanOptions): Scan {
  const { tools } = options;
  const search: Search = { tools, hits: [], lastNear: new Map(), work: 0 };
  const reader = new TextReader(coverage, search);
  const reading =
    content.kind === 'headers'
      ? readHeaders(content.headers, content.where, reader)
      : readJson({ text: content.text, where: content.where, scope: 'message' }, coverage, reader);
  const budget = content.kind === 'headers' ? BUDGET_MS : Math.max(BUDGET_MS, content.text.length * BUDGET_MS_PER_CHARACTER);
  let concluding: Generator<void, ScanResult> | undefined;
  let spent = 0;
  let worked = 0;
  let result: ScanResult | undefined;

  /** Reads until the next look at the clock. @returns whether there is more to read. */
  function readOn(): boolean {
    search.work = 0;
    if (reading.next().done) return false;
    worked += search.work;
    if (spent < budget || worked < LEAST_WORK) return true;
    reader.truncated = 'budget';
    return false;
  }

  function step(): void {
    if (concluding === undefined) {
      if (!readOn()) concluding = conclude(content, coverage, search.hits, reader.truncated, options);
      return;
    }
    const next = concluding.next();
    if (next.done) result = next.value;
  }

  return {
    run(until) {
      for (let before = tools.now(); result === undefined; ) {
        step();
        const now = tools.now();
        spent += now - before;
        before = now;
        if (now >= until) break;
      }
      return result !== undefined;
    },
    result() {
      if (result === undefined) throw new Error('the scan is not done');
      return result;
    },
  };
}

/** Scans without a pause. */
export function scanAll(content: Content, coverage: Coverage, options: ScanOptions): ScanResult {
  const scan = startScan(content, coverage, options);
  while (!scan.run(Number.POSITIVE_INFINITY));
  return scan.result();
}

/** Settles what was found and writes the result. It is bounded by the number of hits, and yields where the scan can be left. */
function* conclude(
  content: Content,
  coverage: Coverage,
  hits: readonly Hit[],
  truncated: ScanResult['truncated'],
  { tools, session }: ScanOptions,
): Generator<void, ScanResult> {
  const { findings, redacted, action } = settleHits(hits, coverage);
  yield;
  const replaced = new Map<string, string>();
  const changed = yield* redactFragments(redacted, ({ detector, value }) => {
    const known = replaced.get(value);
    if (known !== undefined) return known;
    const hash = replaced.size < MAX_HASHED ? tools.keyedHash(`${session}\n${detector.source.id}\n${value}`) : '';
    const placeholder = placeholderOf(detector.source.id, hash);
    replaced.set(value, placeholder);
    return placeholder;
  });
  yield;
  const reported = mostSevere(findings);
  const result: ScanResult = {
    findings: reported.map((each) => findingOf(each, coverage, tools)),
    values: reported.map(({ hit }) => hit.value),
    action,
    truncated,
    replaced,
  };
  if (changed.size === 0) return result;
  if (content.kind === 'json') result.text = writeDocument(content.text, changed);
  else result.headers = writeHeaders(content.headers, changed);
  return result;
}

/** As many findings as are reported: all that block, then all that are redacted, in the order of the message. */
function mostSevere(findings: readonly Settled[]): readonly Settled[] {
  if (findings.length <= MAX_FINDINGS) return findings;
  const chosen = new Set(
    (['block', 'redact', 'log'] as const)
      .flatMap((wanted) => findings.filter(({ action }) => action === wanted))
      .slice(0, MAX_FINDINGS),
  );
  return findings.filter((each) => chosen.has(each));
}

function findingOf({ hit, profile, action }: Settled, { direction }: Coverage, tools: ScanTools): Finding {
  const { source, validators } = hit.detector;
  return {
    detector: source.id,
    family: source.family,
    severity: source.severity,
    profile,
    direction,
    where: hit.where,
    offset: hit.offset,
    length: hit.value.length,
    decoded: hit.coding,
    validated: validators.length > 0 || hit.detector.exact !== undefined,
    confidence: hit.confidence,
    action,
    masked: maskOf(hit.value, source.mask),
    hash: tools.keyedHash(`dlp${hit.value}`).slice(0, HASH_DIGITS),
  };
}
