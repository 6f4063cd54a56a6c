// Reads a batch of records (magic 2) as "Record Batch" in Kafka's documentation lays it out, and checks its sum.

import { gunzipSync } from 'node:zlib';

export interface KafkaRecord {
  key: string | null;
  value: string;
  headers: Record<string, string>;
  /** Epoch milliseconds. */
  timestamp: number;
}

export interface RecordBatch {
  producerId: bigint;
  epoch: number;
  sequence: number;
  compressed: boolean;
  records: KafkaRecord[];
}

/** @throws Error for a batch that a broker would refuse */
export function readRecordBatch(bytes: Buffer): RecordBatch {
  if (bytes.readInt8(16) !== 2) throw new Error('magic is not 2');
  if (bytes.readInt32BE(8) !== bytes.length - 12) throw new Error('length does not fit');
  if (bytes.readUInt32BE(17) !== crc32c(bytes.subarray(21))) throw new Error('CORRUPT_MESSAGE');
  const attributes = bytes.readInt16BE(21);
  const compression = attributes & 7;
  if (compression > 1) throw new Error('compression is neither none nor gzip');
  const base = Number(bytes.readBigInt64BE(27));
  const count = bytes.readInt32BE(57);
  if (bytes.readInt32BE(23) !== count - 1) throw new Error('lastOffsetDelta does not fit');
  const body = compression === 1 ? gunzipSync(bytes.subarray(61)) : bytes.subarray(61);
  return {
    producerId: bytes.readBigInt64BE(43),
    epoch: bytes.readInt16BE(51),
    sequence: bytes.readInt32BE(53),
    compressed: compression === 1,
    records: readRecords(body, count, base),
  };
}

function readRecords(body: Buffer, count: number, base: number): KafkaRecord[] {
  let at = 0;
  /** Zigzag varint. */
  const int = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = body.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
  };
  const text = (): string | null => {
    const length = int();
    if (length < 0) return null;
    at += length;
    return body.toString('utf8', at - length, at);
  };
  const records = Array.from({ length: count }, (_, index) => {
    const length = int();
    const end = at + length;
    at++;
    const timestamp = base + int();
    if (int() !== index) throw new Error('offsetDelta does not fit');
    const key = text();
    const value = text() ?? '';
    const headers = Object.fromEntries(Array.from({ length: int() }, () => [text() ?? '', text() ?? '']));
    if (at !== end) throw new Error('a record is longer or shorter than it says');
    return { key, value, headers, timestamp };
  });
  if (at !== body.length) throw new Error('bytes after the last record');
  return records;
}

/** CRC-32C (Castagnoli), RFC 3720 appendix B.4. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
