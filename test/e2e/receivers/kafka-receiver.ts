// One Kafka broker with one topic, in this process: ApiVersions, SaslHandshake, SaslAuthenticate, Metadata, InitProducerId and Produce, in
// the versions before compact encodings, as "Kafka protocol guide" lays them out. It checks what a broker checks of an idempotent
// producer: acks, producer id, sequence, the sum of a batch.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type KafkaRecord, readRecordBatch } from './kafka-records.ts';
import { createScramServer, type ScramServer } from './scram-server.ts';

export interface KafkaReceiver {
  port: number;
  records: (KafkaRecord & { partition: number; compressed: boolean })[];
  /** Answered to the next Produce requests, one each; 'drop' closes the connection after it took the records. */
  trouble: (number | 'drop' | 'mute')[];
  /** A record with this in it makes its batch too large. */
  tooLarge: string;
  /** What was against the protocol. */
  errors: Error[];
  close(): Promise<void>;
}

export interface KafkaReceiverOptions {
  topic: string;
  partitions?: number;
  /** Host that brokers are announced under. */
  host?: string;
  tls?: { cert: string; key: string };
  sasl?: { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; user: string; password: string };
}

const API = { produce: 0, metadata: 3, saslHandshake: 17, apiVersions: 18, initProducerId: 22, saslAuthenticate: 36 };
const VERSIONS: [number, number, number][] = [
  [API.produce, 3, 7],
  [API.metadata, 1, 4],
  [API.saslHandshake, 1, 1],
  [API.apiVersions, 0, 1],
  [API.initProducerId, 0, 1],
  [API.saslAuthenticate, 0, 1],
];

const int8 = (value: number) => Buffer.from([value]);
const int16 = (value: number) => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const text = (value: string | null) =>
  value === null ? int16(-1) : Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
const list = (items: Buffer[]) => Buffer.concat([int32(items.length), ...items]);

/** Takes values off a request. */
function createReader(bytes: Buffer) {
  let at = 0;
  const skip = (length: number) => {
    at += length;
    return at - length;
  };
  const reader = {
    int8: () => bytes.readInt8(skip(1)),
    int16: () => bytes.readInt16BE(skip(2)),
    int32: () => bytes.readInt32BE(skip(4)),
    text(): string | null {
      const length = reader.int16();
      return length < 0 ? null : bytes.toString('utf8', skip(length), at);
    },
    bytes: () => {
      const length = reader.int32();
      return bytes.subarray(skip(length), at);
    },
    list<T>(read: () => T): T[] {
      return Array.from({ length: Math.max(0, reader.int32()) }, read);
    },
  };
  return reader;
}

export async function startKafkaReceiver(options: KafkaReceiverOptions): Promise<KafkaReceiver> {
  const { topic, partitions = 3, host = '127.0.0.1', tls, sasl } = options;
  const sockets = new Set<Socket>();
  const sequences = new Map<string, number>();
  let lastProducer = 0n;

  function metadata(asked: (string | null)[]): Buffer {
    const names = asked.length === 0 ? [topic] : asked;
    const broker = Buffer.concat([int32(1), text(host), int32(receiver.port), text(null)]);
    const topics = names.map((name) => {
      const known = name === topic;
      const parts = Array.from({ length: known ? partitions : 0 }, (_, index) =>
        Buffer.concat([int16(0), int32(index), int32(1), list([int32(1)]), list([int32(1)])]),
      );
      return Buffer.concat([int16(known ? 0 : 3), text(name), int8(0), list(parts)]);
    });
    return Buffer.concat([int32(0), list([broker]), text('cluster'), int32(1), list(topics)]);
  }

  /** The error code for one batch; its records are kept if there is none. */
  function append(partition: number, bytes: Buffer, acks: number): number {
    const batch = readRecordBatch(bytes);
    if (acks !== -1) throw new Error(`acks is ${acks}`);
    if (batch.producerId <= 0n || batch.producerId > lastProducer) return 59;
    if (bytes.length > 1_048_588) return 10;
    if (receiver.tooLarge !== '' && batch.records.some(({ value }) => value.includes(receiver.tooLarge))) return 10;
    const key = `${batch.producerId}:${partition}`;
    const expected = sequences.get(key) ?? 0;
    if (batch.sequence < expected) return 46;
    if (batch.sequence > expected) return 45;
    sequences.set(key, expected + batch.records.length);
    receiver.records.push(...batch.records.map((record) => ({ ...record, partition, compressed: batch.compressed })));
    return 0;
  }

  function produce(reader: ReturnType<typeof createReader>): Buffer | 'drop' | 'mute' {
    if (reader.text() !== null) throw new Error('a transaction');
    const acks = reader.int16();
    reader.int32();
    const trouble = receiver.trouble.shift();
    const responses = reader.list(() => {
      const name = reader.text();
      const parts = reader.list(() => {
        const partition = reader.int32();
        const bytes = reader.bytes();
        const code = typeof trouble === 'number' ? trouble : append(partition, bytes, acks);
        return Buffer.concat([int32(partition), int16(code), int64(0n), int64(-1n), int64(0n)]);
      });
      return Buffer.concat([text(name), list(parts)]);
    });
    if (typeof trouble === 'string') return trouble;
    return Buffer.concat([list(responses), int32(0)]);
  }

  function serve(socket: Socket): void {
    let trusted = sasl === undefined;
    let scram: ScramServer | undefined;
    let pending: Buffer = Buffer.alloc(0);

    function authenticate(given: Buffer): Buffer | undefined {
      if (sasl?.mechanism === 'PLAIN') {
        trusted = given.toString() === `\0${sasl.user}\0${sasl.password}`;
        return trusted ? Buffer.alloc(0) : undefined;
      }
      const answer = scram?.answer(given);
      trusted = answer?.toString().startsWith('v=') ?? false;
      return answer;
    }

    function answer(bytes: Buffer) {
      const reader = createReader(bytes);
      const key = reader.int16();
      const version = reader.int16();
      const correlation = reader.int32();
      reader.text();
      const reply = (body: Buffer): void => {
        socket.write(Buffer.concat([int32(4 + body.length), int32(correlation), body]));
      };
      const known = VERSIONS.find(([api]) => api === key);
      const versions = list(VERSIONS.map((range) => Buffer.concat(range.map(int16))));
      if (key === API.apiVersions && version > 1) return reply(Buffer.concat([int16(35), versions]));
      if (!known || version < known[1] || version > known[2]) throw new Error(`API ${key} version ${version}`);
      if (!trusted && ![API.apiVersions, API.saslHandshake, API.saslAuthenticate].includes(key)) throw new Error('not signed in');
      switch (key) {
        case API.apiVersions:
          return reply(Buffer.concat([int16(0), versions, ...(version > 0 ? [int32(0)] : [])]));
        case API.metadata: {
          if (version < 3) throw new Error('a version of Metadata that clients of today do not ask for');
          return reply(metadata(reader.list(() => reader.text())));
        }
        case API.initProducerId:
          lastProducer++;
          return reply(Buffer.concat([int32(0), int16(0), int64(lastProducer), int16(0)]));
        case API.saslHandshake: {
          const fits = reader.text() === sasl?.mechanism;
          if (fits && sasl && sasl.mechanism !== 'PLAIN')
            scram = createScramServer(sasl.mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512', sasl.user, sasl.password);
          return reply(Buffer.concat([int16(fits ? 0 : 33), list([text(sasl?.mechanism ?? '')])]));
        }
        case API.saslAuthenticate: {
          const given = authenticate(reader.bytes());
          const body = given ?? Buffer.alloc(0);
          const lifetime = version > 0 ? [int64(0n)] : [];
          return reply(
            Buffer.concat([
              int16(given ? 0 : 58),
              text(given ? null : 'Authentication failed: Invalid credentials'),
              int32(body.length),
              body,
              ...lifetime,
            ]),
          );
        }
        default: {
          const body = produce(reader);
          if (body === 'drop') socket.destroy();
          else if (body !== 'mute') reply(body);
        }
      }
    }

    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (piece: Buffer) => {
      pending = Buffer.concat([pending, piece]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const end = 4 + pending.readInt32BE(0);
        const request = pending.subarray(4, end);
        pending = pending.subarray(end);
        try {
          answer(request);
        } catch (error) {
          receiver.errors.push(error as Error);
          socket.destroy();
          return;
        }
      }
    });
  }

  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: KafkaReceiver = {
    port: (server.address() as AddressInfo).port,
    records: [],
    trouble: [],
    tooLarge: '',
    errors: [],
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
