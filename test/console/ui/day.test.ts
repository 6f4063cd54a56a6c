import { describe, expect, it } from 'vitest';
import { dayIn, dayProblem, daysAway, untilProblem } from '../../../src/console/ui/text/day.ts';

const now = Date.parse('2026-11-20T15:00:00Z');

describe('days of policy', () => {
  it('counts from today in UTC', () => {
    expect(dayIn(0, now)).toBe('2026-11-20');
    expect(dayIn(90, now)).toBe('2027-02-18');
  });

  it('takes today and days to come, and says what is wrong with others', () => {
    expect(dayProblem('2026-11-20', now)).toBeUndefined();
    expect(dayProblem('2027-11-20', now)).toBeUndefined();
    expect(dayProblem('2026-11-19', now)).toMatch(/is over/);
    expect(dayProblem('2026-02-31T', now)).toMatch(/such as/);
    expect(dayProblem('soon', now)).toMatch(/such as/);
    expect(dayProblem('2099-01-01', now)).toMatch(/ten years/);
  });

  it('lets a thing be without an end only where that is allowed', () => {
    expect(untilProblem('', true, now)).toBeUndefined();
    expect(untilProblem('', false, now)).toMatch(/last day/);
    expect(untilProblem('2026-11-01', true, now)).toMatch(/is over/);
  });

  it('says how far away a date is', () => {
    expect(daysAway('2026-11-20', now)).toBe('today');
    expect(daysAway('2026-11-21', now)).toBe('tomorrow');
    expect(daysAway('2026-11-19', now)).toBe('yesterday');
    expect(daysAway('2026-12-01T08:00:00Z', now)).toBe('in 11 days');
    expect(daysAway('2026-11-10', now)).toBe('10 days ago');
  });
});
