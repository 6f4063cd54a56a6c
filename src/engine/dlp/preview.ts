// Tries detectors on a text that nobody sends: what they find at all, and what each profile would do about it, whomever and
// whatever traffic it is for. For the samples of detectors, and for people who write detectors and profiles.

import type { Finding } from '../verdict.ts';
import { type CompiledDlp, type CompiledProfile, compileDlp, rankOf } from './compile.ts';
import { type Coverage, type CoverageRule, coverRules } from './coverage.ts';
import type { ScanSampleText } from './samples.ts';
import { scanAll } from './scan.ts';
import type { Confidence, Detector, DlpSource } from './schema.ts';
import type { Content, Direction, ScanResult, ScanTools } from './types.ts';

export interface PreviewFinding extends Finding {
  /** Profiles that take the finding, with what they would do. */
  profiles: { profile: string; action: Finding['action'] }[];
}

export interface Preview {
  findings: PreviewFinding[];
  truncated: ScanResult['truncated'];
  /** JSON content with everything replaced that was found at the threshold, whatever profiles say. */
  text: string | undefined;
}

const SESSION = 'preview';

/** @param threshold findings below it are shown only if a profile takes them. */
export function previewScan(
  content: Content,
  { dlp, direction, threshold, tools }: { dlp: CompiledDlp; direction: Direction; threshold: Confidence; tools: ScanTools },
): Preview {
  const options = { tools, session: SESSION };
  const everything = { profile: '', threshold: rankOf(threshold), count: 1, action: 'redact' } as const;
  const all = scanAll(content, coverageBy(dlp, direction, everything), options);
  const found = new Map<string, PreviewFinding>(all.findings.map((finding) => [placeOf(finding), { ...finding, profiles: [] }]));
  for (const profile of dlp.profiles) {
    const rule = ruleOf(profile, direction);
    if (rule === undefined) continue;
    const coverage = coverageBy(dlp, direction, rule, new Set(profile.detectors.map(({ index }) => index)));
    for (const finding of scanAll(content, coverage, options).findings) {
      const entry = found.get(placeOf(finding)) ?? { ...finding, profiles: [] };
      entry.profiles.push({ profile: rule.profile, action: finding.action });
      found.set(placeOf(finding), entry);
    }
  }
  return { findings: [...found.values()], truncated: all.truncated, text: all.text };
}

/** Plays samples: each text is that of a tool result, read by one detector alone. */
export function sampleScanner(exact: DlpSource['exact'], tools: ScanTools): ScanSampleText {
  const everything = { profile: '', threshold: rankOf('low'), count: 1, action: 'log' } as const;
  const coverages = new Map<Detector, Coverage>();
  return (detector, text) => {
    const [direction = 'response'] = detector.directions;
    const coverage =
      coverages.get(detector) ?? coverageBy(compileDlp({ detectors: [detector], profiles: [], exact }), direction, everything);
    coverages.set(detector, coverage);
    const message = { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } };
    const content: Content = { kind: 'json', text: JSON.stringify(message), where: `${direction}.body` };
    const { findings, values } = scanAll(content, coverage, { tools, session: SESSION });
    return findings.map(({ confidence }, index) => ({ value: values[index] ?? '', confidence }));
  };
}

function coverageBy(dlp: CompiledDlp, direction: Direction, rule: CoverageRule, only?: ReadonlySet<number>): Coverage {
  const rules = dlp.detectors.map(({ index, source }) =>
    source.directions.includes(direction) && only?.has(index) !== false ? [rule] : undefined,
  );
  return coverRules(dlp, rules, direction);
}

function ruleOf({ source }: CompiledProfile, direction: Direction): CoverageRule | undefined {
  const action = source[direction];
  if (action === 'off') return undefined;
  return { profile: source.id, threshold: rankOf(source.threshold), count: source.count, action };
}

function placeOf({ detector, where, offset, length, decoded }: Finding): string {
  return JSON.stringify([detector, where, offset, length, decoded]);
}
