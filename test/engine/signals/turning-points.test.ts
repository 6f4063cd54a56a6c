import { describe, expect, it } from 'vitest';
import { SIGNALS, type SignalId } from '../../../src/engine/signals/catalogue.ts';
import { turningPoints } from '../../../src/engine/signals/turning-points.ts';

const signals = (...ids: SignalId[]) => ids.map((id) => ({ id, weight: SIGNALS[id].weight, where: '', value: '' }));

describe('turning points', () => {
  it('are none where nothing was seen', () => {
    expect(turningPoints([])).toEqual([]);
    expect(turningPoints(signals('not.a2a'))).toEqual([]);
  });

  it('name the only decisive signal', () => {
    expect(turningPoints(signals('mcp.body.initialize', 'mcp.path'))).toEqual([
      'without mcp.body.initialize: confidence 20, suspicion only (named from 75 on)',
    ]);
    expect(turningPoints(signals('install.npm'))).toEqual(['without install.npm: nothing would be left']);
  });

  it('name each of several that are all needed', () => {
    expect(turningPoints(signals('mcp.learned', 'mcp.learned.fits'))).toEqual([
      'without mcp.learned: confidence 65, suspicion only (named from 75 on)',
      'without mcp.learned.fits: confidence 65, suspicion only (named from 75 on)',
    ]);
  });

  it('say how many must go where no single one decides', () => {
    expect(turningPoints(signals('mcp.body.method', 'mcp.header.session-id', 'mcp.accept'))).toEqual([
      'no single signal decides; without mcp.body.method, mcp.header.session-id: confidence 20, suspicion only (named from 75 on)',
    ]);
  });

  it('say what would remain of another kind', () => {
    expect(turningPoints(signals('mcp.body.method', 'llm.hosted.tool'))).toEqual([
      'without mcp.body.method: confidence 95, named hosted',
    ]);
  });

  it('say how much is missing', () => {
    expect(turningPoints(signals('mcp.body.generic', 'mcp.path'))).toEqual([
      'with one more weak signal of the kind: confidence 78, named (from 75 on)',
    ]);
    expect(turningPoints(signals('mcp.body.generic'))).toEqual([
      'with one more strong signal of the kind: confidence 88, named (from 75 on)',
    ]);
    expect(turningPoints(signals('mcp.body.generic', 'not.answer'))).toEqual([
      'with one more decisive signal of the kind: confidence 98, named (from 75 on)',
    ]);
  });
});
