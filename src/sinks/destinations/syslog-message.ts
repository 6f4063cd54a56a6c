// One event as a syslog message (RFC 5424).
//
// `<PRI>1 TIME HOST APP - KIND [origin software="Daylight" swVersion="…"] TEXT`. HOST is the sensor, MSGID the kind of event. The structured
// data uses the id `origin` that IANA registered, so no enterprise number is needed. A text with characters beyond ASCII begins with the
// byte order mark that section 6.4 asks for. A text in ASCII has none: it needs none, and readers of CEF and LEEF look for their first word.
//
// A message that is too long: CEF and LEEF are cut at the border of a character and end in a mark; JSON would be worth nothing when cut,
// and is refused.

import { FACILITIES, type SyslogOptions } from '../../config/sinks/syslog.ts';
import type { Event } from '../../engine/event.ts';
import { type Level, levelOf } from '../formats/level.ts';
import type { Outgoing } from '../sink.ts';

/** Severities of section 6.2.1. */
const SEVERITY: Readonly<Record<Level, number>> = { informational: 6, low: 5, medium: 4, high: 3, critical: 2 };
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const MARK = Buffer.from('...[truncated]');

export interface SyslogWriter {
  /** The message, or how long it would be if it cannot be made to fit. */
  write(outgoing: Outgoing): { message: Buffer } | { tooLong: number };
}

export function createSyslogWriter(options: SyslogOptions, version: string): SyslogWriter {
  const facility = FACILITIES.indexOf(options.facility);
  const mayCut = options.format === 'cef' || options.format === 'leef';
  const origin = `[origin software="Daylight" swVersion="${escapeParam(version)}"]`;

  function headOf(event: Event): string {
    const priority = facility * 8 + SEVERITY[levelOf(event)];
    const time = new Date(event.ts).toISOString();
    return `<${priority}>1 ${time} ${printable(event.sensor, 255)} ${options.app} - ${printable(event.kind, 32)} ${origin} `;
  }

  return {
    write({ event, text }) {
      const line = text.replace(/[\r\n\0]+/g, ' ');
      const head = headOf(event);
      const body = Buffer.from(line.toWellFormed());
      const message = Buffer.concat([Buffer.from(head), ...(body.length === line.length ? [] : [BOM]), body]);
      if (message.length <= options.maxBytes) return { message };
      if (!mayCut) return { tooLong: message.length };
      return { message: Buffer.concat([message.subarray(0, characterBorder(message, options.maxBytes - MARK.length)), MARK]) };
    },
  };
}

/** The end of the last whole character of UTF-8 within the first `limit` bytes. */
function characterBorder(bytes: Buffer, limit: number): number {
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return end;
}

/** PRINTUSASCII of limited length, or the nil value. */
function printable(text: string, length: number): string {
  return text.replace(/[^\x21-\x7e]/g, '_').slice(0, length) || '-';
}

/** Section 6.3.3. */
function escapeParam(value: string): string {
  return value.replace(/["\\\]]/g, '\\$&');
}
