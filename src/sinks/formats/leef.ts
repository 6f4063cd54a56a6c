// LEEF 2.0 (IBM QRadar, Log Event Extended Format).
//
//   LEEF:2.0|Daylight|Daylight|VERSION|KIND:WORD|x09|key=value<tab>key=value
//
// LEEF has no escapes: what would end a value or a line is written out instead, as is what cannot be seen. Keys are the predefined ones
// where there is one; the others are our own. `devTime` is in epoch milliseconds, which needs no format beside it.

import { isIP } from 'node:net';
import type { Event } from '../../engine/event.ts';
import { factsOf } from './facts.ts';
import { LEVEL_OF_TEN } from './level.ts';
import type { FormatOrigin } from './origin.ts';
import { cut, oneLine } from './plain-text.ts';

/** Lengths that the guide sets. Others are ours, so that an event stays within one datagram of syslog for most receivers. */
const LENGTHS: Readonly<Record<string, number>> = { usrName: 255, identHostName: 255, url: 2048 };
const LONGEST = 1023;

export function toLeef(event: Event, { version }: Pick<FormatOrigin, 'version'>): string | undefined {
  const facts = factsOf(event);
  if (!facts) return undefined;
  const attributes: Record<string, string | number | undefined> = {
    devTime: facts.time,
    cat: facts.category,
    sev: LEVEL_OF_TEN[facts.level],
    usrName: facts.user,
    groupID: facts.groups?.join(','),
    src: addressOf(facts.sourceIp),
    srcPort: facts.sourcePort,
    dst: addressOf(facts.hostIp),
    dstPort: facts.hostPort,
    proto: facts.sourceIp ? 'TCP' : undefined,
    srcBytes: facts.bytesOut,
    dstBytes: facts.bytesIn,
    url: facts.url,
    policy: facts.policy,
    resource: facts.device,
    realm: facts.tenant,
    sensor: facts.sensor,
    eventName: facts.title,
    eventId: facts.eventId,
    parentId: facts.parentId,
    action: facts.action,
    disposition: facts.disposition,
    outcome: facts.success ? 'success' : 'failure',
    dstHost: facts.host,
    requestMethod: facts.method,
    userAgent: facts.userAgent,
    status: facts.status || undefined,
    rule: facts.rule,
    server: facts.server,
    call: facts.call,
    target: facts.target,
    confidence: facts.confidence,
    findings: facts.findings || undefined,
    reason: facts.error,
    evidence: facts.evidence,
    msg: facts.message,
  };
  let pairs = '';
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined || value === '') continue;
    pairs += `${pairs === '' ? '' : '\t'}${key}=${typeof value === 'number' ? value : cut(oneLine(value), LENGTHS[key] ?? LONGEST)}`;
  }
  return `LEEF:2.0|Daylight|Daylight|${headerText(version)}|${headerText(facts.id)}|x09|${pairs}`;
}

/** QRadar takes IPv4 and IPv6 here and nothing else. */
function addressOf(text: string | undefined): string | undefined {
  return text !== undefined && isIP(text) > 0 ? text : undefined;
}

/** A pipe cannot be escaped there. */
function headerText(text: string): string {
  return cut(oneLine(text).replaceAll('|', '/'), 255);
}
