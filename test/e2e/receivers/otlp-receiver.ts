// A receiver of OTLP/HTTP logs in JSON, as the OpenTelemetry Protocol Specification and its proto files describe it. Stricter than they
// ask for: unknown members, which receivers would skip, are an error here.

import { z } from 'zod';
import { answerJson, type HttpReceiver, startHttpReceiver } from './http-receiver.ts';

const integer64 = z.string().regex(/^-?\d{1,20}$/);
type AnyValue = {
  stringValue?: string;
  intValue?: string;
  boolValue?: boolean;
  doubleValue?: number;
  arrayValue?: { values: AnyValue[] };
};
const anyValue: z.ZodType<AnyValue> = z.lazy(() =>
  z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ boolValue: z.boolean() }),
    z.strictObject({ intValue: integer64 }),
    z.strictObject({ doubleValue: z.number() }),
    z.strictObject({ arrayValue: z.strictObject({ values: z.array(anyValue) }) }),
  ]),
);
const attributes = z
  .array(z.strictObject({ key: z.string().min(1), value: anyValue }))
  .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, 'keys must be unique');
const record = z.strictObject({
  timeUnixNano: integer64,
  observedTimeUnixNano: integer64,
  severityNumber: z.int().min(1).max(24),
  severityText: z.string(),
  eventName: z.string(),
  body: anyValue,
  attributes,
});
const request = z.strictObject({
  resourceLogs: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeLogs: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.string(), version: z.string() }), logRecords: z.array(record) }),
      ),
    }),
  ),
});

export type LogRecord = z.infer<typeof record>;

export interface OtlpReceiver extends HttpReceiver {
  records: LogRecord[];
  resources: z.infer<typeof attributes>[];
  /** Answered in place of the next requests, one each. */
  busy: { status: number; headers?: Record<string, string>; body?: unknown }[];
  /** A record with this in its body makes the request bad data. */
  poison: string;
}

export async function startOtlpReceiver(token: string, tls?: { cert: string; key: string }): Promise<OtlpReceiver> {
  const base = await startHttpReceiver((received, response) => {
    if (received.headers.authorization !== `Bearer ${token}`)
      return answerJson(response, 401, { message: `bad ${received.headers.authorization}` });
    if (received.method !== 'POST' || received.path !== '/v1/logs') return answerJson(response, 404, { message: 'not found' });
    if (received.headers['content-type'] !== 'application/json') return answerJson(response, 415, { message: 'unsupported' });
    const busy = receiver.busy.shift();
    if (busy) return answerJson(response, busy.status, busy.body ?? { message: 'busy' }, busy.headers);
    const parsed = request.safeParse(JSON.parse(received.body.toString()));
    if (!parsed.success) return answerJson(response, 400, { message: parsed.error.message });
    const records = parsed.data.resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
    if (receiver.poison !== '' && records.some(({ body }) => JSON.stringify(body).includes(receiver.poison)))
      return answerJson(response, 400, { message: 'cannot be decoded' });
    receiver.records.push(...records);
    receiver.resources.push(...parsed.data.resourceLogs.map(({ resource }) => resource.attributes));
    answerJson(response, 200, {});
  }, tls);
  const receiver: OtlpReceiver = Object.assign(base, { records: [], resources: [], busy: [], poison: '' });
  return receiver;
}
