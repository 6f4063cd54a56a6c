import { describe, expect, it } from 'vitest';
import { joinNewest, MOST_LIVE } from '../../../src/console/ui/api/live-events.ts';

const events = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => ({ event_id: `e${from + at}` }));

describe('events of the live feed', () => {
  it('come newest first, each once', () => {
    const known = joinNewest([], events(0, 3));
    expect(known.map(({ event_id }) => event_id)).toEqual(['e2', 'e1', 'e0']);
    expect(joinNewest(known, events(2, 4)).map(({ event_id }) => event_id)).toEqual(['e3', 'e2', 'e1', 'e0']);
  });

  it('do not pile up', () => {
    const joined = joinNewest(joinNewest([], events(0, 900)), events(900, 2_500));
    expect(joined).toHaveLength(MOST_LIVE);
    expect(joined[0]?.event_id).toBe('e2499');
  });
});
