// Plays the samples of detectors: each text is scanned as the text of a tool result, with that detector alone.
//
// A `match` sample must give a finding of medium confidence, or of the one it names; with `found`, a finding of exactly that text.
// A `silent` sample must give no finding of medium confidence or above: what is less sure counts only where a profile asks for it.

import { CONFIDENCES, type Confidence, type Detector } from './schema.ts';

/** What was found in a text, and how sure that is. */
export interface SampleFinding {
  value: string;
  confidence: Confidence;
}

/** Scans a text with one detector. */
export type ScanSampleText = (detector: Detector, text: string) => readonly SampleFinding[];

export interface DetectorSampleResult {
  detectorId: string;
  title: string;
  sample: string;
  expected: 'match' | 'silent';
  ok: boolean;
  /** What happened, for people: the findings. */
  reason: string;
}

/** Plays every sample of every detector. */
export function runDetectorSamples(detectors: readonly Detector[], scanText: ScanSampleText): DetectorSampleResult[] {
  return detectors.flatMap((detector) => [
    ...detector.samples.match.map((sample) => playSample(detector, sample, 'match', scanText)),
    ...detector.samples.silent.map((sample) => playSample(detector, sample, 'silent', scanText)),
  ]);
}

function playSample(
  detector: Detector,
  sample: Detector['samples']['match'][number],
  expected: 'match' | 'silent',
  scanText: ScanSampleText,
): DetectorSampleResult {
  const { text, found, confidence = 'medium' } = typeof sample === 'string' ? { text: sample } : sample;
  const findings = scanText(detector, text);
  const sure = findings.filter((finding) => isAtLeast(finding.confidence, expected === 'silent' ? 'medium' : confidence));
  const hit = sure.some(({ value }) => found === undefined || value === found);
  return {
    detectorId: detector.id,
    title: detector.title,
    sample: text,
    expected,
    ok: expected === 'match' ? hit : sure.length === 0,
    reason: findings.map(({ value, confidence: reached }) => `${reached} ${JSON.stringify(value)}`).join(', ') || 'nothing found',
  };
}

function isAtLeast(confidence: Confidence, least: Confidence): boolean {
  return CONFIDENCES.indexOf(confidence) >= CONFIDENCES.indexOf(least);
}
