// Reads WebSocket frames as they pass (RFC 6455 section 5) and gives the messages in them, bounded.
//
// Extensions are never negotiated through the proxy, so reserved bits are an error; so is a frame masked in the wrong
// direction, a fragment without a start, and a long control frame. A message longer than the limit is delivered cut, early.

import { randomBytes } from 'node:crypto';
import { DaylightError } from '../errors.ts';
import { collectPiece } from './collect-piece.ts';

export interface WebSocketMessage {
  text: string;
  /** The whole message is in `text`. */
  complete: boolean;
}

/** What somebody who passes messages on has to know besides. */
export interface FrameSinks {
  /** Bytes as they came, of a control frame or of a message; the last bytes of a message come before the message. */
  bytes(bytes: Buffer, control: boolean): void;
  /** A control frame, or a message, is over. */
  ended(control: boolean): void;
}

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;

export class FrameReader {
  #masked: boolean;
  #limit: number;
  #onMessage: (message: WebSocketMessage, binary: boolean) => void;
  #sinks: FrameSinks | undefined;
  #binary = false;
  #head: Buffer = Buffer.alloc(0);
  #left = 0;
  #key: Buffer | undefined;
  #keyAt = 0;
  #opcode = 0;
  #final = false;
  #inPayload = false;
  #fragmented = false;
  #message: Buffer[] = [];
  #messageBytes = 0;
  #delivered = false;

  /**
   * @param from who sends: frames of a client are masked, those of a server are not
   * @param limit bytes of a message to keep
   */
  constructor(
    from: 'client' | 'server',
    limit: number,
    onMessage: (message: WebSocketMessage, binary: boolean) => void,
    sinks?: FrameSinks,
  ) {
    this.#sinks = sinks;
    this.#masked = from === 'client';
    this.#limit = limit;
    this.#onMessage = onMessage;
  }

  /** @throws DaylightError ERR_HTTP_SYNTAX on what is not a frame */
  push(chunk: Buffer): void {
    let bytes = chunk;
    for (;;) {
      if (!this.#inPayload) {
        if (this.#head.length > 0) {
          bytes = Buffer.concat([this.#head, bytes]);
          this.#head = Buffer.alloc(0);
        }
        const used = this.#readHead(bytes);
        if (used === 0) {
          this.#head = Buffer.from(bytes);
          return;
        }
        this.#sinks?.bytes(bytes.subarray(0, used), this.#opcode >= CLOSE);
        bytes = bytes.subarray(used);
      }
      const take = Math.min(this.#left, bytes.length);
      if (take > 0) {
        this.#sinks?.bytes(bytes.subarray(0, take), this.#opcode >= CLOSE);
        this.#takePayload(bytes.subarray(0, take));
      }
      this.#left -= take;
      bytes = bytes.subarray(take);
      if (this.#left > 0) return;
      this.#endFrame();
      if (bytes.length === 0) return;
    }
  }

  /** @returns bytes used, 0 if the head is not complete. */
  #readHead(bytes: Buffer): number {
    if (bytes.length < 2) return 0;
    const first = bytes[0]!;
    const second = bytes[1]!;
    const short = second & 0x7f;
    const size = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (this.#masked ? 4 : 0);
    const opcode = first & 0x0f;
    if (first & 0x70) throw invalid('reserved bits are set, but no extension was agreed');
    if ((second & 0x80) !== (this.#masked ? 0x80 : 0))
      throw invalid(this.#masked ? 'a client frame is not masked' : 'a server frame is masked');
    if (opcode > BINARY && (opcode < CLOSE || opcode > 10)) throw invalid(`opcode ${opcode} is reserved`);
    if (opcode >= CLOSE && (short > 125 || !(first & 0x80))) throw invalid('a control frame is long or fragmented');
    if (bytes.length < size) return 0;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (!Number.isSafeInteger(length)) throw invalid('the payload length is out of range');
    if (opcode < CLOSE) {
      if ((opcode === CONTINUATION) !== this.#fragmented) throw invalid('fragments are out of order');
      this.#fragmented = !(first & 0x80);
      this.#final = (first & 0x80) !== 0;
      if (opcode !== CONTINUATION) this.#binary = opcode === BINARY;
    }
    this.#opcode = opcode;
    this.#left = length;
    this.#key = this.#masked ? Buffer.from(bytes.subarray(size - 4, size)) : undefined;
    this.#keyAt = 0;
    this.#inPayload = true;
    return size;
  }

  #takePayload(bytes: Buffer): void {
    const start = this.#keyAt;
    this.#keyAt += bytes.length;
    if (this.#opcode >= CLOSE || this.#delivered) return;
    const kept = Buffer.from(bytes.subarray(0, Math.max(0, this.#limit - this.#messageBytes)));
    if (this.#key) for (let i = 0; i < kept.length; i++) kept[i]! ^= this.#key[(start + i) & 3]!;
    collectPiece(this.#message, kept);
    this.#messageBytes += bytes.length;
    if (this.#messageBytes > this.#limit) this.#deliver(false);
  }

  #endFrame(): void {
    this.#inPayload = false;
    const control = this.#opcode >= CLOSE;
    if (!control) {
      if (!this.#final) return;
      if (!this.#delivered) this.#deliver(true);
      this.#message = [];
      this.#messageBytes = 0;
      this.#delivered = false;
    }
    this.#sinks?.ended(control);
  }

  #deliver(complete: boolean): void {
    this.#delivered = true;
    const text = (this.#message.length === 1 ? this.#message[0]! : Buffer.concat(this.#message)).toString('utf8');
    this.#message = [];
    this.#onMessage({ text, complete }, this.#binary);
  }
}

/** A message in one frame (RFC 6455 5.2). `mask`: towards a server. */
export function messageFrame(text: string, { binary, mask }: { binary: boolean; mask: boolean }): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | (binary ? BINARY : TEXT);
  head[1] = (mask ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  else if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  if (!mask) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  for (let i = 0; i < length; i++) payload[i]! ^= key[i & 3]!;
  return Buffer.concat([head, key, payload]);
}

/** A close frame (RFC 6455 5.5.1). `mask`: towards a server. The reason is cut to what fits. */
export function closeFrame(code: number, reason: string, mask: boolean): Buffer {
  let text = Buffer.from(reason);
  if (text.length > 123)
    text = Buffer.from(
      `${text
        .subarray(0, 119)
        .toString('utf8')
        .replace(/\ufffd+$/, '')}...`,
    );
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), text]);
  // A zero key leaves the payload as it is, which is a valid masking (RFC 6455 5.3 asks for unpredictability of content, not ours).
  return Buffer.concat([
    Buffer.from([0x88, (mask ? 0x80 : 0) | payload.length]),
    mask ? Buffer.alloc(4) : Buffer.alloc(0),
    payload,
  ]);
}

function invalid(what: string): DaylightError {
  return new DaylightError('ERR_HTTP_SYNTAX', `Malformed WebSocket frame: ${what}`);
}
