// The detectors that come with Daylight: each finds and leaves alone what its samples say.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileDlp } from '../../../src/engine/dlp/compile.ts';
import { sampleScanner } from '../../../src/engine/dlp/preview.ts';
import { runDetectorSamples } from '../../../src/engine/dlp/samples.ts';
import { detectorSchema } from '../../../src/engine/dlp/schema.ts';
import { tools } from './scanning.ts';

const FOLDER = 'rules/dlp';
const FEWEST_SAMPLES = 6;

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'));
const detectors = files.map((name) => detectorSchema.parse(parse(readFileSync(`${FOLDER}/${name}`, 'utf8'))));

describe('shipped detectors', () => {
  it('are at least forty, each in a file of its name', () => {
    expect(files.length).toBeGreaterThanOrEqual(40);
    expect(detectors.map(({ id }) => `${id}.yml`)).toEqual(files);
  });

  it('compile together', () => {
    expect(compileDlp({ detectors, profiles: [], exact: {} }).detectors).toHaveLength(files.length);
  });

  it('never run on all text, and say where their facts come from', () => {
    expect(detectors.filter(({ anchors }) => anchors?.none === true)).toEqual([]);
    expect(detectors.filter(({ references }) => references.length === 0)).toEqual([]);
  });

  it('keep to answers where they look for instructions to the model', () => {
    const injection = detectors.filter(({ family }) => family === 'prompt-injection');
    expect(injection.map(({ directions }) => directions)).toEqual(injection.map(() => ['response']));
  });

  const scanText = sampleScanner({}, tools);
  for (const detector of detectors) {
    it(`${detector.id} finds its samples and leaves the others alone`, () => {
      const { match, silent } = detector.samples;
      expect(Math.min(match.length, silent.length)).toBeGreaterThanOrEqual(FEWEST_SAMPLES);
      expect(runDetectorSamples([detector], scanText).filter(({ ok }) => !ok)).toEqual([]);
    });
  }
});
