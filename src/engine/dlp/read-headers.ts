// Reads header fields: `Mcp-Param-*`, `Mcp-Name`, and what is no standard field. What carries the credentials of the connection
// itself, its framing or its negotiation is not read.
//
// MCP writes values that a header cannot hold as `=?base64?...?=` (specification 2026-07-28); those are decoded whatever their length.

import type { Fragment } from './fragment.ts';
import type { TextReader } from './read-text.ts';

const ALWAYS = /^mcp-(param-|name$)/;
const NEVER = new Set(
  (
    'authorization proxy-authorization authentication-info proxy-authentication-info www-authenticate proxy-authenticate cookie cookie2 ' +
    'set-cookie set-cookie2 x-api-key api-key apikey x-auth-token x-access-token x-csrf-token x-xsrf-token x-amz-security-token ' +
    'x-goog-api-key ocp-apim-subscription-key private-token dpop signature signature-input ' +
    'mcp-session-id mcp-protocol-version mcp-method last-event-id ' +
    'host connection keep-alive te trailer transfer-encoding upgrade expect via forwarded date age etag expires location vary server ' +
    'allow range if-match if-none-match if-modified-since if-unmodified-since if-range retry-after cache-control pragma warning link ' +
    'alt-svc alt-used early-data priority origin referer user-agent dnt save-data max-forwards from strict-transport-security nel ' +
    'report-to reporting-endpoints server-timing timing-allow-origin upgrade-insecure-requests x-requested-with x-real-ip ' +
    'true-client-ip x-client-ip x-powered-by x-frame-options x-xss-protection x-request-id request-id x-correlation-id ' +
    'x-cloud-trace-context x-amzn-trace-id x-datadog-trace-id x-datadog-parent-id traceparent tracestate baggage b3 ' +
    'idempotency-key x-ratelimit-limit x-ratelimit-remaining x-ratelimit-reset x-github-request-id'
  ).split(' '),
);
const NEVER_BEGINS = /^(:|content-|accept|access-control-|sec-|x-forwarded-|x-b3-|x-envoy-|x-content-|cross-origin-|cf-|proxy-)/;
const SENTINEL = /^=\?base64\?([A-Za-z0-9+/_-]+={0,2})\?=$/i;
const SENTINEL_START = '=?base64?'.length;

/** Longer values are cut here. */
const LONGEST_VALUE = 64 * 1024;

/** Searches the values that are read, names and values in turn. Yields where a scan can be left. */
export function* readHeaders(headers: readonly string[], where: string, reader: TextReader): Generator<void> {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at]!.toLowerCase();
    if (!ALWAYS.test(name) && (NEVER.has(name) || NEVER_BEGINS.test(name))) continue;
    const value = headers[at + 1]!;
    if (value.length > LONGEST_VALUE) reader.truncated ||= 'size';
    const fragment: Fragment = {
      kind: 'header',
      start: at + 1,
      end: at + 1,
      text: value.slice(0, LONGEST_VALUE),
      name: name.replace(/^mcp-param-/, ''),
      locate: () => `${where}.${name}`,
      document: '',
    };
    const coded = SENTINEL.exec(fragment.text)?.[1];
    if (coded === undefined) yield* reader.read(fragment, reader.isTelling(fragment.name));
    else yield* reader.readRun(fragment, SENTINEL_START, SENTINEL_START + coded.length);
    if (reader.pay(100)) yield;
  }
}
