import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { syslogOptions } from '../../../src/config/sinks/syslog.ts';
import type { Event } from '../../../src/engine/event.ts';
import { createSyslogWriter } from '../../../src/sinks/destinations/syslog-message.ts';
import { auditEvent, flowEvent } from '../../e2e/receivers/outgoing.ts';
import { readMessage } from '../../e2e/receivers/syslog-receiver.ts';

const writer = (over: Record<string, unknown> = {}) =>
  createSyslogWriter(syslogOptions.parse({ type: 'syslog', host: 'siem', ...over }), '1.2.3');

function write(text: string, over: Record<string, unknown> = {}, event: Event = auditEvent(0)): Buffer {
  const written = writer(over).write({ event, text });
  if ('tooLong' in written) throw new Error(`too long: ${written.tooLong}`);
  return written.message;
}

describe('a syslog message', () => {
  it('begins as RFC 5424 lays it out', () => {
    expect(write('CEF:0|x').toString()).toBe(
      '<134>1 2026-03-04T05:59:58.123Z proxy-1 daylight - audit_log [origin software="Daylight" swVersion="1.2.3"] CEF:0|x',
    );
  });

  it('tells how serious an event is', () => {
    const severity = (event: Event) => readMessage(write('x', { facility: 'kern' }, event)).severity;
    expect(severity(flowEvent(0, { traffic: 'none', disposition: 'allowed' }))).toBe(6);
    expect(severity(flowEvent(0, { traffic: 'suspect', disposition: 'logged' }))).toBe(5);
    expect(severity(flowEvent(0, { traffic: 'hosted', disposition: 'logged' }))).toBe(4);
    expect(severity(flowEvent(0, { traffic: 'shadow' }))).toBe(3);
  });

  it('has a byte order mark before text beyond ASCII only', () => {
    expect(readMessage(write('plain'))).toMatchObject({ bom: false, text: 'plain' });
    expect(readMessage(write('grün'))).toMatchObject({ bom: true, text: 'grün' });
  });

  it('is one line, and has a host that the grammar allows', () => {
    const message = readMessage(write('a\r\nb\0c', {}, auditEvent(0, { sensor: 'prüf stand 1' })));
    expect(message).toMatchObject({ text: 'a b c', host: 'pr_f_stand_1' });
    expect(readMessage(write('a', {}, auditEvent(0, { sensor: '' }))).host).toBe('-');
  });

  it('is whatever text it carries one that the grammar takes, and never longer than allowed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), fc.integer({ min: 480, max: 2000 }), (text, maxBytes) => {
        const message = write(text, { maxBytes });
        expect(message.length).toBeLessThanOrEqual(maxBytes);
        readMessage(message);
      }),
    );
  });

  it('is cut between characters, and says so', () => {
    const text = readMessage(write('€'.repeat(500), { maxBytes: 501 })).text;
    expect(text).toMatch(/^€+\.\.\.\[truncated\]$/);
  });

  it.each(['native', 'ocsf', 'ecs'])('is not cut in format %s', (format) => {
    expect(writer({ format, maxBytes: 500 }).write({ event: auditEvent(0), text: 'x'.repeat(600) })).toEqual({ tooLong: 708 });
  });
});
