// Kafka: an idempotent producer that waits for all replicas in sync.
//
// The client tries again twice by itself; a batch that then still fails is sent again by a producer that is made anew. Kafka drops what
// one producer sends twice, but not what two send, so an event may arrive twice after an outage; its id is in a header.

import { isIP } from 'node:net';
import { Producer, ProtocolError, type SASLOptions, stringSerializers } from '@platformatic/kafka';
import type { KafkaOptions } from '../../config/sinks/kafka.ts';
import type { Event } from '../../engine/event.ts';
import { type Destination, SinkError } from '../sink.ts';
import { clean, describeConnectionError, readTlsFiles } from './connection-error.ts';
import { type Part, partsOf, type Refusal, sendGroups } from './parts.ts';
import { openSecret } from './secret.ts';

/** Below the limit of a broker for one batch of records (message.max.bytes, 1,048,588 unless set). */
const MAX_BYTES = 900_000;
/** Bytes that a record has besides its value: key, headers, lengths. */
const OVERHEAD = 200;
const RETRIES = 2;
const RETRY_MS = 250;
/** The event is at fault: MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_RECORD. */
const CONTENT_AT_FAULT = new Set([10, 18, 87]);

type TextProducer = Producer<string, string, string, string>;

/** @throws DaylightError ERR_CONFIG_INVALID if a file that the options name cannot be used */
export function createKafkaDestination(options: KafkaOptions): Destination {
  const to = options.brokers.join(', ');
  const tls = options.tls ? { minVersion: 'TLSv1.2' as const, ...readTlsFiles(options) } : undefined;
  const password = openSecret(options.password, options.passwordFile);
  /** Addresses are no names to ask for by SNI (RFC 6066 section 3). */
  const named = options.brokers.some((broker) => isIP(broker.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) === 0);
  /** Milliseconds for one request: when a broker hangs, another gets its turn. */
  const attempt = Math.ceil(options.timeout / (RETRIES + 1));
  let producer: TextProducer | undefined;

  function open(): TextProducer {
    const made: TextProducer = new Producer({
      clientId: 'daylight',
      bootstrapBrokers: [...options.brokers],
      serializers: stringSerializers,
      idempotent: true,
      // "None yet" in the protocol; the client would ask to go on with number 0.
      producerId: -1n,
      producerEpoch: -1,
      autocreateTopics: false,
      compression: options.compression,
      retries: RETRIES,
      retryDelay: RETRY_MS,
      timeout: attempt,
      connectTimeout: attempt,
      requestTimeout: attempt,
      ...(tls === undefined ? {} : { tls, tlsServerName: named }),
      ...(options.sasl === undefined ? {} : { sasl: saslOf(options, password) }),
    });
    return made;
  }

  async function sendEvents(parts: readonly Part[], signal: AbortSignal): Promise<Refusal | undefined> {
    producer ??= open();
    const current = producer;
    try {
      const messages = parts.map(({ event, text }) => {
        const key = keyOf(event, options.key);
        return {
          topic: options.topic,
          value: text,
          timestamp: BigInt(Math.round(event.ts)),
          headers: { kind: event.kind, id: event.event_id, format: options.format },
          ...(key === undefined ? {} : { key }),
        };
      });
      await within(options.timeout, current.send({ messages }), signal, to);
      return undefined;
    } catch (error) {
      producer = undefined;
      current.close().catch(() => {});
      const refusal = protocolErrors(error).find(({ apiCode }) => CONTENT_AT_FAULT.has(Number(apiCode)));
      if (refusal) return { reason: `Kafka answers ${refusal.apiId}: ${clean(refusal.message)}` };
      throw error instanceof SinkError ? error : new SinkError(describe(error, to), { cause: error });
    }
  }

  return {
    send(batch, signal) {
      return sendGroups(partsOf(batch), { maxBytes: MAX_BYTES, overhead: OVERHEAD }, (parts) => sendEvents(parts, signal));
    },
    async close() {
      await producer?.close();
    },
  };
}

/** What decides the partition; undefined for any. */
function keyOf(event: Event, by: KafkaOptions['key']): string | undefined {
  if (by === 'none') return undefined;
  if (by === 'user') return ('user_id' in event && event.user_id) || undefined;
  if (by === 'server') return ('server_key' in event && event.server_key) || undefined;
  if ('parent_id' in event) return event.parent_id;
  return ('flow_id' in event && event.flow_id) || event.event_id;
}

function saslOf({ sasl, username }: KafkaOptions, password: (() => string) | undefined): SASLOptions {
  const mechanisms = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const;
  return { mechanism: mechanisms[sasl ?? 'plain'], username: username ?? '', password: () => password?.() ?? '' };
}

/** The client's own retries, of requests within requests, could take many times as long. */
async function within<T>(ms: number, work: Promise<T>, signal: AbortSignal, to: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new SinkError(`sending to Kafka at ${to} was stopped`));
  const timer = setTimeout(() => reject(new SinkError(`Kafka at ${to} did not take a batch within ${ms / 1000} s`)), ms);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    work.catch(() => {});
  }
}

/** An error of the client and all that it hides, outermost first. */
function causesOf(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const inner = error instanceof AggregateError ? error.errors : [];
  return [error, ...[error.cause, ...inner].flatMap(causesOf)];
}

function protocolErrors(error: unknown): ProtocolError[] {
  return causesOf(error).filter((cause) => cause instanceof ProtocolError);
}

function describe(error: unknown, to: string): string {
  const [answer] = protocolErrors(error);
  if (answer) return `Kafka at ${to} answers ${answer.apiId}: ${clean(answer.message)}`;
  const causes = causesOf(error);
  const last = causes.findLast((cause) => typeof (cause as NodeJS.ErrnoException).syscall === 'string') ?? causes.at(-1) ?? error;
  return describeConnectionError(last, to);
}
