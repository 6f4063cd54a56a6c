// A stored event as an entry of an HTTP Archive (HAR 1.2). Headers and bodies are not stored: what the columns tell of them is written, and
// everything else about the event stands in `_daylight`.

import type { HttpFlowEvent } from './event.ts';

/** What goes around the entries: begin, entries joined by commas, end. */
export const HAR_BEGIN = '{"log":{"version":"1.2","creator":{"name":"Daylight","version":"1"},"entries":[';
export const HAR_END = ']}}';

export function harEntryOf(event: HttpFlowEvent): Record<string, unknown> {
  const { ts, http_method, url, status, content_type, user_agent, duration_ms, ttfb_ms, excerpt } = event;
  const httpVersion = event.http_version === '2' ? 'HTTP/2' : `HTTP/${event.http_version || '1.1'}`;
  const requestHeaders = user_agent === '' ? [] : [{ name: 'user-agent', value: user_agent }];
  const responseHeaders = content_type === '' ? [] : [{ name: 'content-type', value: content_type }];
  return {
    startedDateTime: new Date(ts).toISOString(),
    time: duration_ms,
    request: {
      ...{ method: http_method, url, httpVersion, cookies: [], headers: requestHeaders, queryString: [] },
      ...{ headersSize: -1, bodySize: event.req_bytes },
      ...(excerpt === '' ? {} : { postData: { mimeType: 'application/json', text: excerpt, comment: 'an excerpt' } }),
    },
    response: {
      ...{ status, statusText: '', httpVersion, cookies: [], headers: responseHeaders, redirectURL: '' },
      ...{ content: { size: event.resp_bytes, mimeType: content_type }, headersSize: -1, bodySize: event.resp_bytes },
    },
    cache: {},
    timings: { send: 0, wait: ttfb_ms, receive: Math.max(0, duration_ms - ttfb_ms) },
    serverIPAddress: event.dst_ip,
    _daylight: event,
  };
}
