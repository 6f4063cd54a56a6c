import { describe, expect, it } from 'vitest';
import {
  ago,
  bytes,
  changePercent,
  compact,
  countdown,
  counted,
  duration,
  money,
  span,
  utc,
} from '../../../src/console/ui/text/format.ts';
import { trendOf } from '../../../src/console/ui/text/trend.ts';

describe('numbers as people read them', () => {
  it('are whole below ten thousand, and short above', () => {
    expect([compact(0), compact(9_999), compact(12_345), compact(2_700_000)]).toEqual(['0', '9,999', '12.3K', '2.7M']);
  });

  it('say sizes in powers of a thousand', () => {
    expect([bytes(0), bytes(999), bytes(1_000), bytes(999_960), bytes(1_530_000), bytes(123_400_000)]).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '1.0 MB',
      '1.5 MB',
      '123 MB',
    ]);
  });

  it('say money with cents while they count', () => {
    expect([money(0), money(0.004), money(27.744), money(1_234)]).toEqual(['$0.00', '< $0.01', '$27.74', '$1,234']);
  });

  it('agree with their noun', () => {
    expect([counted(1, 'server'), counted(2_000, 'server'), counted(0, 'reply', 'replies')]).toEqual([
      '1 server',
      '2,000 servers',
      '0 replies',
    ]);
  });
});

describe('spans and times', () => {
  it('have the two largest units', () => {
    expect([span(0), span(65_000), span(3_600_000), span(90_061_000)]).toEqual(['0 s', '1 min 5 s', '1 h', '1 d 1 h']);
    expect([duration(12.4), duration(1_340), duration(61_000)]).toEqual(['12 ms', '1.3 s', '1 min 1 s']);
  });

  it('count down to nothing', () => {
    expect([countdown(600_000), countdown(59_001), countdown(-5), countdown(3_661_000)]).toEqual([
      '10:00',
      '1:00',
      '0:00',
      '1:01:01',
    ]);
  });

  it('say how long ago', () => {
    expect([ago(1_000, 2_000), ago(0, 180_000), ago(7_200_000, 0)]).toEqual(['now', '3 min ago', 'in 2 h']);
  });

  it('say UTC to the millisecond', () => {
    expect(utc(Date.UTC(2026, 10, 20, 11, 3, 22, 123))).toBe('2026-11-20 11:03:22.123 UTC');
  });
});

describe('a trend', () => {
  it('is a direction, a size, and what it was', () => {
    expect(trendOf({ value: 120, previous: 100 })).toEqual({ direction: 'up', text: '↑ 20 %', title: '100 in the span before' });
    expect(trendOf({ value: 50, previous: 100 })).toMatchObject({ direction: 'down', text: '↓ 50 %' });
    expect(trendOf({ value: 7, previous: 7 })).toMatchObject({ direction: 'flat' });
    expect(trendOf({ value: 3_000, previous: 100 })).toMatchObject({ text: '↑ 30×' });
  });

  it('has no size where there was nothing before', () => {
    expect(trendOf({ value: 5, previous: 0 })).toMatchObject({ direction: 'up', text: '↑ new' });
    expect(changePercent(5, 0)).toBeUndefined();
    expect(trendOf({ value: 0, previous: 0 }).text).toBe('');
  });
});
