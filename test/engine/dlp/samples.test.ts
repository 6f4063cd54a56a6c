// What a sample of a detector demands.

import { describe, expect, it } from 'vitest';
import { runDetectorSamples, type SampleFinding } from '../../../src/engine/dlp/samples.ts';
import { detector } from './scanning.ts';

/** Plays one sample against findings that were made elsewhere. */
function play(kind: 'match' | 'silent', sample: unknown, findings: SampleFinding[]): boolean | undefined {
  const other = kind === 'match' ? 'silent' : 'match';
  const source = detector({ id: 'card', words: ['card'], samples: { [kind]: [sample], [other]: ['other'] } });
  return runDetectorSamples([source], () => findings).find(({ expected }) => expected === kind)?.ok;
}

describe('samples of detectors', () => {
  it('demand medium confidence of a match', () => {
    expect(play('match', 'a card', [{ value: 'card', confidence: 'medium' }])).toBe(true);
    expect(play('match', 'a card', [{ value: 'card', confidence: 'low' }])).toBe(false);
    expect(play('match', 'a card', [])).toBe(false);
  });

  it('demand the confidence that they name', () => {
    const found: SampleFinding[] = [{ value: 'card', confidence: 'medium' }];
    expect(play('match', { text: 'a card', confidence: 'high' }, found)).toBe(false);
    expect(play('match', { text: 'a card', confidence: 'low' }, found)).toBe(true);
  });

  it('demand exactly the text that they name', () => {
    expect(play('match', { text: 'a card', found: 'card' }, [{ value: 'a card', confidence: 'high' }])).toBe(false);
    expect(play('match', { text: 'a card', found: 'card' }, [{ value: 'card', confidence: 'high' }])).toBe(true);
  });

  it('are silent as long as nothing is surer than low', () => {
    expect(play('silent', 'a card', [])).toBe(true);
    expect(play('silent', 'a card', [{ value: 'card', confidence: 'low' }])).toBe(true);
    expect(play('silent', 'a card', [{ value: 'card', confidence: 'medium' }])).toBe(false);
  });

  it('say what was found', () => {
    const source = detector({ id: 'card', words: ['card'], samples: { match: ['a card'], silent: ['x'] } });
    const [result] = runDetectorSamples([source], () => [{ value: 'card', confidence: 'low' }]);
    expect(result).toMatchObject({ detectorId: 'card', sample: 'a card', expected: 'match', reason: 'low "card"' });
  });
});
