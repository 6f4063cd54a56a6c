// The bytes that the bench sends and answers: an MCP tool call, and an ordinary JSON API call of the same size.

export interface Exchange {
  path: string;
  /** Extra request header fields, as lines. */
  headers: readonly string[];
  /** Exactly 500 bytes. */
  requestBody: string;
  /** Exactly 969 bytes. */
  responseBody: string;
}

const REQUEST_BYTES = 500;
const RESPONSE_BYTES = 969;

/** `tools/call` of the 2025-06-18 revision, answered with JSON. */
export const mcpCall: Exchange = {
  path: '/mcp',
  headers: [
    'accept: application/json, text/event-stream',
    'mcp-session-id: 6f1c2f0e-8f0e-4d0e-9a55-3f6d0e7b1a20',
    'mcp-protocol-version: 2025-06-18',
  ],
  requestBody: padded(REQUEST_BYTES, (text) => ({
    jsonrpc: '2.0',
    id: 7,
    method: 'tools/call',
    params: { name: 'search_tickets', arguments: { query: text, limit: 20 }, _meta: { progressToken: 7 } },
  })),
  responseBody: padded(RESPONSE_BYTES, (text) => ({
    jsonrpc: '2.0',
    id: 7,
    result: { content: [{ type: 'text', text }], isError: false },
  })),
};

/** An order posted to a plain JSON API. */
export const plainCall: Exchange = {
  path: '/api/orders',
  headers: ['accept: application/json', 'x-request-id: 41d8-77aa-0012'],
  requestBody: padded(REQUEST_BYTES, (text) => ({
    customer: 4711,
    currency: 'EUR',
    lines: [
      { sku: 'A-100', quantity: 2, price: 19.9 },
      { sku: 'B-240', quantity: 1, price: 7.5 },
    ],
    note: text,
  })),
  responseBody: padded(RESPONSE_BYTES, (text) => ({ order: 991_812, status: 'accepted', total: 47.3, lines: 2, message: text })),
};

/**
 * The head and body of one request on a kept-alive connection to `host`.
 *
 * @param proxied for a request to a proxy in absolute-form: further lines of its head
 */
export function requestBytes(exchange: Exchange, host: string, proxied?: readonly string[]): Buffer {
  const head = [
    `POST ${proxied ? `http://${host}` : ''}${exchange.path} HTTP/1.1`,
    `host: ${host}`,
    'user-agent: bench-client/1.0',
    'content-type: application/json',
    ...exchange.headers,
    ...(proxied ?? []),
    `content-length: ${Buffer.byteLength(exchange.requestBody)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${exchange.requestBody}`);
}

/** The whole answer to `exchange`. */
export function responseBytes(exchange: Exchange): Buffer {
  const length = Buffer.byteLength(exchange.responseBody);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${exchange.responseBody}`,
  );
}

/** Builds a document around a text that is cut so that its JSON has exactly `bytes` bytes. */
function padded(bytes: number, build: (text: string) => unknown): string {
  const words = 'the printer on the third floor stopped after the update and shows code 0x41 again while the queue grows ';
  const room = bytes - JSON.stringify(build('')).length;
  return JSON.stringify(build(words.repeat(Math.ceil(room / words.length)).slice(0, room)));
}
