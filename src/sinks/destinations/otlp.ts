// OTLP: log records of OpenTelemetry over HTTP, as JSON (OpenTelemetry Protocol Specification 1.x, "OTLP/HTTP").
//
// 200 with an empty partial success means taken. A partial success says how many records were refused and not which, and must not be
// sent again: all records of that request become dead letters, so that nothing is lost. 400 and 413 are about the content, so the records
// at fault are looked for. Every other status is tried again: the specification would drop what is answered with, say, 500 or 401, which
// are faults that somebody mends.

import type { OtlpOptions } from '../../config/sinks/otlp.ts';
import { daylightVersion } from '../../version.ts';
import { type Destination, type Rejected, SinkError } from '../sink.ts';
import { clean } from './connection-error.ts';
import { type Answer, createHttpPost, jsonOf, notTaken, type Tunnel } from './http-post.ts';
import { recordOf, requestOf } from './otlp-record.ts';
import { type Part, partsOf, type Refusal, sendGroups } from './parts.ts';
import { openSecret } from './secret.ts';

/** Well below the 20 MiB that receivers should take. */
const MAX_BYTES = 4_000_000;

/** @throws DaylightError ERR_CONFIG_INVALID if a file that the options name cannot be used */
export function createOtlpDestination(options: OtlpOptions, tunnel?: Tunnel): Destination {
  const { url } = options;
  const version = daylightVersion();
  const token = openSecret(options.token, options.tokenFile);
  const http = createHttpPost({ ...options, tunnel });

  async function sendRecords(parts: readonly Part[], partly: Rejected[], signal: AbortSignal): Promise<Refusal | undefined> {
    const headers = {
      ...options.headers,
      ...(token ? { Authorization: `Bearer ${token()}` } : {}),
      'Content-Type': 'application/json',
    };
    const secrets = Object.values(options.headers);
    const answer = await http.post({ url, headers, body: requestOf(parts, version), gzip: true, secrets }, signal);
    if (answer.status === 400 || answer.status === 413) return { reason: `${new URL(url).origin} answers ${answer.said}` };
    if (answer.status !== 200) throw notTaken(answer, url, fixOf(answer.status));
    const { refused, why } = readSuccess(answer, url);
    if (refused > 0) {
      const said = `the receiver refused ${refused} of the ${parts.length} records of a request${why}`;
      const reason = refused >= parts.length ? said : `${said}, and does not say which`;
      partly.push(...parts.map(({ index }) => ({ index, reason })));
    }
    return undefined;
  }

  return {
    async send(batch, signal) {
      const partly: Rejected[] = [];
      const refused = await sendGroups(partsOf(batch, recordOf), { maxBytes: MAX_BYTES }, (parts) =>
        sendRecords(parts, partly, signal),
      );
      return [...partly, ...refused].sort((a, b) => a.index - b.index);
    },
    async close() {
      http.close();
    },
  };
}

/** `{}` or `{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"…"}}`; a count may be a number or a text. */
function readSuccess(answer: Answer, url: string): { refused: number; why: string } {
  const json = jsonOf(answer);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new SinkError(`${new URL(url).origin} answers 200 with something else than JSON of OTLP; check url: ${answer.said}`);
  const { partialSuccess } = json as { partialSuccess?: { rejectedLogRecords?: unknown; errorMessage?: unknown } | null };
  const refused = Number(partialSuccess?.rejectedLogRecords ?? 0);
  const message = partialSuccess?.errorMessage;
  return {
    refused: Number.isFinite(refused) ? refused : 0,
    why: typeof message === 'string' && message !== '' ? `: ${clean(message)}` : '',
  };
}

function fixOf(status: number): string {
  if (status === 401 || status === 403) return 'check token';
  return status === 404 || status === 405 ? 'check url; it is the whole address, mostly ending in /v1/logs' : '';
}
