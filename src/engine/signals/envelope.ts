// Looks one level into base64: a JSON member that holds a whole JSON-RPC message of MCP, as relays and home-made tunnels write it.
//
// Strong, not decisive: the shape says that MCP is being carried, not that the receiver is a server. Bounded: the first members of
// enough length, the first characters of each.

import { addSignal, type Draft } from './draft.ts';
import { rpcBody } from './json-rpc.ts';
import { outlineOf } from './json-scanner.ts';
import { fitMethod } from './methods.ts';

const MAX_MEMBERS = 4;
const MIN_LENGTH = 48;
const MAX_LENGTH = 16_384;

// The letters after which the first one of a JSON object ("eyJ": `{"`) or of a batch ("W3": `[{`) in base64 is looked up: rare ones
// first, because most bodies have none of them.
const STARTS = [
  { rare: 'yJ', before: '"e' },
  { rare: 'W3', before: '"' },
] as const;

/** Reads a JSON text. */
export function readEnvelope(text: string, where: string, draft: Draft): void {
  for (const { rare, before } of STARTS) {
    let count = 0;
    for (let at = text.indexOf(rare); at >= 0 && count < MAX_MEMBERS; at = text.indexOf(rare, at + 1)) {
      if (!text.startsWith(before, at - before.length)) continue;
      count++;
      const from = at - before.length + 1;
      const end = text.indexOf('"', at);
      if (end - from < MIN_LENGTH) continue;
      const message = messageIn(text.slice(from, Math.min(end, from + MAX_LENGTH)));
      if (message !== '') addSignal(draft, 'mcp.envelope', where, message);
    }
  }
}

function messageIn(base64: string): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return '';
  let text: string;
  try {
    text = atob(base64.length % 4 === 1 ? base64.slice(0, -1) : base64);
  } catch {
    return '';
  }
  if (!text.includes('jsonrpc')) return '';
  const found = rpcBody(outlineOf(text)).messages.find(({ method, params }) =>
    /^(?:initialize|exact)$/.test(fitMethod(method, params)),
  );
  return found?.method ?? '';
}
