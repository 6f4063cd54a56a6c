import { describe, expect, it } from 'vitest';
import type { Simulated } from '../../../src/console/api/shapes.ts';
import { confidenceSpread, simulationCautions, simulationHeadline } from '../../../src/console/ui/parts/simulation-words.ts';

const none = { requests: 0, users: 0, servers: 0, tools: 0 };
const result: Simulated = {
  events: 1000,
  first: 1,
  last: 2,
  blocked: none,
  on_answer: 0,
  newly_blocked: none,
  no_longer_blocked: none,
  confidence: new Array<number>(10).fill(0),
  traffic: [],
  rules: [],
  users: [],
  servers: [],
  tools: [],
  saved: [],
  unknown_rules: 0,
  cut: 0,
  uncounted: 0,
};

describe('what a simulation says', () => {
  it('puts what would newly be blocked first', () => {
    const newly = { requests: 1200, users: 1, servers: 3, tools: 4 };
    const said = simulationHeadline({
      ...result,
      blocked: newly,
      newly_blocked: newly,
      no_longer_blocked: { ...none, requests: 5 },
    });
    expect(said).toEqual({ tone: 'bad', text: '1,200 requests of 1 user to 3 servers that pass today would have been blocked.' });
  });

  it('says when a change only lets more through, or nothing changes', () => {
    expect(simulationHeadline({ ...result, no_longer_blocked: { ...none, requests: 5, users: 2 } }).tone).toBe('good');
    expect(simulationHeadline({ ...result, blocked: { ...none, requests: 7 } }).text).toMatch(/same 7 requests/);
    expect(simulationHeadline(result).text).toMatch(/nothing recorded would have been blocked/);
  });

  it('does not take an empty history for safety', () => {
    expect(simulationHeadline({ ...result, events: 0 }).text).toMatch(/nothing to tell by/);
  });

  it('names what makes it less certain, and nothing else', () => {
    expect(simulationCautions(result)).toEqual([]);
    expect(simulationCautions({ ...result, on_answer: 1, cut: 2 })).toEqual([
      '1 request would have reached the server: the block is for its answer.',
      '2 events had more steps than could be stored; they are less certain.',
    ]);
  });

  it('shows the confidence in ten steps, in proportion to the largest', () => {
    const spread = confidenceSpread([0, 0, 0, 0, 0, 0, 5, 0, 0, 20]);
    expect(spread.map(({ label }) => label).at(-1)).toBe('90–100');
    expect(spread[6]).toEqual({ label: '60–69', n: 5, share: 0.25, sure: false });
    expect(spread[9]).toEqual({ label: '90–100', n: 20, share: 1, sure: true });
  });
});
