// CEF, version 0 of the format (ArcSight Common Event Format, implementation standard, extension dictionary of producers).
//
//   CEF:0|Daylight|Daylight|VERSION|KIND:WORD|TITLE|0-10|key=value key=value
//
// In the header `\` and `|` are escaped, in values `\`, `=` and line ends. What cannot be seen is written out, so that a line stays a
// line. Values are cut to the lengths of the dictionary. The last pair holds no text of others: consumers drop spaces at the end.

import { isIPv4, isIPv6 } from 'node:net';
import type { Event } from '../../engine/event.ts';
import { type Facts, factsOf } from './facts.ts';
import { LEVEL_OF_TEN } from './level.ts';
import type { FormatOrigin } from './origin.ts';
import { cut, oneLine, shownText } from './plain-text.ts';
import { urlParts } from './url-parts.ts';

type Value = string | number | undefined;

export function toCef(event: Event, { version }: Pick<FormatOrigin, 'version'>): string | undefined {
  const facts = factsOf(event);
  if (!facts) return undefined;
  const header = ['Daylight', 'Daylight', cut(oneLine(version), 31), oneLine(facts.id), facts.title].map(headerText).join('|');
  return `CEF:0|${header}|${LEVEL_OF_TEN[facts.level]}|${extensionOf(facts)}`;
}

/** Lengths of the dictionary; a key without one holds a number, a time or an address. */
const LENGTHS: Readonly<Record<string, number>> = {
  ...{ act: 63, app: 31, cat: 1023, dhost: 1023, dvchost: 100, externalId: 40, msg: 1023, outcome: 63, proto: 31, reason: 1023 },
  ...{ request: 1023, requestClientApplication: 1023, requestMethod: 1023, shost: 1023, suser: 1023 },
  ...{ cs1: 4000, cs2: 4000, cs3: 4000, cs4: 4000, cs5: 4000, cs6: 4000, flexString1: 1023, flexString2: 1023 },
};

function extensionOf(facts: Facts): string {
  let extension = '';
  const put = (key: string, value: Value): void => {
    if (value === undefined || value === '') return;
    const text = typeof value === 'number' ? value : valueText(cut(shownText(value), LENGTHS[key] ?? 1023));
    extension += `${key}=${text} `;
  };
  const custom = (key: string, label: string, value: Value): void => {
    if (value === undefined || value === '') return;
    put(key, value);
    extension += `${key}Label=${label} `;
  };

  put('rt', facts.time);
  put('start', facts.time);
  put('end', facts.end);
  put('act', facts.disposition);
  put('outcome', facts.success ? 'success' : 'failure');
  put('cat', facts.category);
  put('dvchost', facts.sensor);
  put('suser', facts.user);
  put('shost', facts.device);
  address('src', 'c6a2', 'Source IPv6 Address', facts.sourceIp);
  put('spt', facts.sourcePort);
  put('dhost', facts.host);
  address('dst', 'c6a3', 'Destination IPv6 Address', facts.hostIp);
  put('dpt', facts.hostPort);
  put('app', applicationOf(facts));
  put('proto', facts.sourceIp ? 'TCP' : undefined);
  put('request', facts.url);
  put('requestMethod', facts.method);
  put('requestClientApplication', facts.userAgent);
  put('in', facts.bytesOut);
  put('out', facts.bytesIn);
  put('msg', facts.message);
  put('reason', facts.error);
  custom('cs1', 'rule', facts.rule);
  custom('cs2', 'server', facts.server);
  custom('cs3', 'call', [facts.call, facts.target].filter(Boolean).join(' '));
  custom('cs4', 'groups', facts.groups?.join(','));
  custom('cs5', 'policy', [facts.action, facts.policy].filter(Boolean).join(' '));
  custom('cs6', 'evidence', facts.evidence);
  custom('cn1', 'confidence', facts.confidence);
  custom('cn2', 'status', facts.status || undefined);
  custom('cn3', 'findings', facts.findings || undefined);
  custom('flexString1', 'tenant', facts.tenant);
  custom('flexString2', 'parent', facts.parentId);
  return `${extension}externalId=${valueText(cut(shownText(facts.eventId), LENGTHS.externalId ?? 40))}`;

  /** `src` and `dst` of version 0 hold IPv4 only; the custom addresses with these labels are where consumers look for IPv6. */
  function address(key: string, customKey: string, label: string, value: string | undefined): void {
    if (value === undefined) return;
    if (isIPv4(value)) put(key, value);
    else if (isIPv6(value)) custom(customKey, label, value);
  }
}

function applicationOf({ url = '', host }: Facts): string | undefined {
  return urlParts(url).scheme.toUpperCase() || (host ? 'HTTPS' : undefined);
}

function headerText(text: string): string {
  return text.replace(/[\\|]/g, '\\$&');
}

function valueText(text: string): string {
  return /[\\=\n]/.test(text) ? text.replace(/[\\=]/g, '\\$&').replaceAll('\n', '\\n') : text;
}
