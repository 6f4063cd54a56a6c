// The command that repeats a stored request, as far as it is stored. Everything in it comes from strangers: it is quoted so that a shell
// takes it as text, and control characters, which could act on a terminal when it is pasted, are left out.

import type { HttpFlowEvent } from '../engine/event.ts';
import { sampleFromEvent } from '../engine/rules/sample-from-event.ts';

export function curlOf(event: HttpFlowEvent): string {
  const { request } = sampleFromEvent(event);
  const parts = ['curl', '--request', quote(request.method), '--url', quote(request.url)];
  for (const [name, value] of Object.entries(request.headers)) parts.push('--header', quote(`${name}: ${value}`));
  if (request.body !== undefined) parts.push('--data-raw', quote(request.body));
  return parts.join(' ');
}

function quote(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '');
  return /^[A-Za-z0-9_./:@=-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", `'\\''`)}'`;
}
