// What a client gets instead of the server's answer, so that the person behind it reads why.
//
//   request with JSON-RPC ids   HTTP 200 with a JSON-RPC error per id (SDK clients hide the text of a 403)
//   browser page                403 with an HTML page
//   everything else             403 with JSON
//
// Failures of the proxy (no route, bad certificate, ...) take the same forms with their own status.

import type { Flow } from '../engine/flow.ts';
import { redactUrl } from '../engine/redact-url.ts';
import type { RpcRequest, Verdict } from '../engine/verdict.ts';
import type { DaylightError, ErrorCode } from '../errors.ts';

export interface Answer {
  status: number;
  reason: string;
  headers: readonly string[];
  body: Buffer;
}

/** JSON-RPC error code of a refusal: server-defined range, clear of the codes that MCP and its SDKs use. */
export const BLOCKED_CODE = -32050;
export const FAILED_CODE = -32051;

const STATUS_OF: Partial<Record<ErrorCode, [number, string]>> = {
  ERR_MISDIRECTED: [421, 'Misdirected Request'],
  ERR_ADDRESS_REFUSED: [403, 'Forbidden'],
  ERR_PORT_REFUSED: [403, 'Forbidden'],
  ERR_CLIENT_REFUSED: [403, 'Forbidden'],
  ERR_AUTHORITY_INVALID: [400, 'Bad Request'],
  ERR_HTTP_SYNTAX: [400, 'Bad Request'],
  ERR_HTTP_LIMIT: [431, 'Request Header Fields Too Large'],
  ERR_TIMEOUT: [408, 'Request Timeout'],
  ERR_UPSTREAM_TIMEOUT: [504, 'Gateway Timeout'],
};

/** The answer to a request that policy blocks. `contact`: whom to ask for approval. */
export function answerBlocked(flow: Flow, verdict: Verdict, contact: string): Answer {
  const match = verdict.matches[0];
  const server = redactUrl(flow.request.url);
  const rule = match ? `${match.title} (${match.ruleId})` : verdict.policy.step;
  const details = {
    eventId: flow.id,
    traffic: verdict.traffic,
    server,
    rule: match?.ruleId ?? '',
    ruleTitle: match?.title ?? '',
    reason: verdict.reason,
    howToAsk: `To ask for approval, send ${contact} the event id ${flow.id}.`,
  };
  const message = `Blocked by Daylight: ${verdict.reason} Rule: ${rule}. ${details.howToAsk}`;
  return answer(flow, verdict.mcp, {
    status: 403,
    reason: 'Forbidden',
    code: BLOCKED_CODE,
    title: 'Blocked by Daylight',
    message,
    details,
  });
}

/** The answer to a request that could not be carried out. `rpc`: the JSON-RPC requests it held, if any. */
export function answerFailed(flow: Flow, rpc: { requests: readonly RpcRequest[]; batch: boolean }, error: DaylightError): Answer {
  const [status, reason] = STATUS_OF[error.code] ?? [502, 'Bad Gateway'];
  const message = `Daylight could not pass this request on: ${error.message} Event id ${flow.id}.`;
  const details = { eventId: flow.id, error: error.code, server: redactUrl(flow.request.url), reason: error.message };
  return answer(flow, rpc, { status, reason, code: FAILED_CODE, title: `${status} ${reason}`, message, details });
}

interface Content {
  status: number;
  reason: string;
  code: number;
  title: string;
  message: string;
  details: Record<string, string>;
}

function answer(flow: Flow, rpc: { requests: readonly RpcRequest[]; batch: boolean }, content: Content): Answer {
  const { code, message, details } = content;
  const ids = rpc.requests.filter((request) => request.id !== undefined);
  if (ids.length > 0) {
    const errors = ids.map(({ id }) => ({ jsonrpc: '2.0', id, error: { code, message, data: { daylight: details } } }));
    return build(200, 'OK', 'application/json', JSON.stringify(rpc.batch ? errors : errors[0]), flow.id);
  }
  const { headers, method } = flow.request;
  if ((method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html')) {
    return build(content.status, content.reason, 'text/html; charset=utf-8', page(content), flow.id);
  }
  return build(
    content.status,
    content.reason,
    'application/json',
    JSON.stringify({ error: { code, message, data: { daylight: details } } }),
    flow.id,
  );
}

function build(status: number, reason: string, type: string, text: string, eventId: string): Answer {
  const body = Buffer.from(`${text}\n`);
  const headers = [
    'Content-Type',
    type,
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
    'Daylight-Event',
    eventId,
  ];
  return { status, reason, headers, body };
}

/** What the page shows below its sentences, and under which name. */
const LABELS: Record<string, string> = {
  server: 'Server',
  traffic: 'Traffic',
  ruleTitle: 'Rule',
  rule: 'Rule id',
  error: 'Error',
  eventId: 'Event',
};

function page({ title, details }: Content): string {
  const rows = Object.entries(LABELS)
    .filter(([key]) => details[key])
    .map(([key, label]) => `<dt>${label}</dt><dd>${escapeHtml(details[key]!)}</dd>`)
    .join('');
  const sentences = [details.reason, details.howToAsk].filter(Boolean).map((text) => `<p>${escapeHtml(text!)}</p>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:12vh auto;padding:0 1.5rem}
h1{font-size:1.5rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;font-size:.875rem}dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
</style></head><body><h1>${escapeHtml(title)}</h1>${sentences.join('')}<dl>${rows}</dl></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
