// Sees a body without touching it: collects a bounded, decoded prefix of the bytes that go by.
//
// Content codings: none, gzip, deflate (zlib or raw), br, zstd. Uncompressed bytes are seen in the same turn; compressed ones a
// little later, through `onChange`. Decoding stops at the limit, or at SCAN_LIMIT when a scanner follows the body, so that a
// decompression bomb costs a bounded amount. A coding that is unknown or broken is recorded as the body's problem.

import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { Body } from '../engine/flow.ts';
import { createJsonScanner, type JsonScanner } from '../engine/signals/json-scanner.ts';
import { mayOpenJson } from '../engine/signals/may-open-json.ts';
import { collectPiece } from './collect-piece.ts';

/** Decoded bytes of a compressed body that are scanned at most. */
const SCAN_LIMIT = 64 * 1024 * 1024;

export class BodyTap {
  /** Decoded bytes seen so far. */
  bytes = 0;
  /** Nothing more will be seen: the body ended, the limit was reached, or it cannot be decoded. */
  over = false;

  #pushed = 0;
  #decoded = 0;
  #limit: number;
  #chunks: Buffer[] = [];
  #kept = 0;
  #opens: boolean | undefined;
  #ended = false;
  #problem: Body['problem'] | undefined;
  #coding: string;
  #decoder: Transform | undefined;
  #onChange: () => void;
  #onDecoded: ((chunk: Buffer) => void) | undefined;
  #scanner: JsonScanner | undefined;

  /**
   * @param coding value of Content-Encoding
   * @param limit decoded bytes to keep
   * @param onChange decoded bytes or the end came up outside `push` and `end`
   * @param onDecoded gets every decoded chunk, without limit (event streams)
   */
  constructor(coding: string, limit: number, onChange: () => void, onDecoded?: (chunk: Buffer) => void) {
    this.#limit = limit;
    this.#onChange = onChange;
    this.#onDecoded = onDecoded;
    const name = coding.trim().toLowerCase();
    this.#coding = name === 'identity' ? '' : name;
    if (!canDecode(coding)) {
      this.#problem = 'unsupported-encoding';
      this.over = true;
    }
  }

  /** Bytes of the wire whose content has been seen; all of them once nothing more will be. */
  get read(): number {
    return this.over || this.#coding === '' ? this.#pushed : this.#decoded;
  }

  /** Why the body cannot be read, undefined if it can. */
  get problem(): Body['problem'] | undefined {
    return this.#problem;
  }

  /** The scanner has come to the end of a document; white space may follow. */
  get documentOver(): boolean {
    return this.#scanner?.outline().complete ?? false;
  }

  /** Whether the first decoded byte may open JSON; undefined while it has not been seen. */
  get opensJson(): boolean | undefined {
    return this.#opens ?? (this.over ? false : undefined);
  }

  push(chunk: Buffer): void {
    this.#pushed += chunk.length;
    if (this.over || chunk.length === 0) return;
    if (this.#coding === '') {
      this.#see(chunk);
      return;
    }
    this.#decoder ??= this.#openDecoder(chunk[0]!);
    this.#decoder.write(chunk, () => {
      this.#decoded += chunk.length;
      if (!this.over) this.#onChange();
    });
  }

  end(): void {
    this.#ended = true;
    if (this.over) return;
    if (this.#decoder) this.#decoder.end();
    else this.over = true;
  }

  /** Keeps more of the body than was said at first; what was kept until now is all there was. */
  keep(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
  }

  /** From now on a streaming scanner follows the body beyond the kept prefix. */
  scan(): void {
    if (this.#scanner) return;
    this.#scanner = createJsonScanner();
    for (const chunk of this.#chunks) this.#scanner.push(chunk);
  }

  /** The body as the engine sees it. */
  body(): Body {
    const complete = this.#ended && this.over && this.#kept === this.bytes && !this.#problem;
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    const body: Body = { text: bytes.toString('utf8'), bytes: this.bytes, complete };
    if (this.#problem) body.problem = this.#problem;
    if (this.#scanner) {
      if (this.#ended && this.over) this.#scanner.end();
      body.outline = this.#scanner.outline();
    }
    return body;
  }

  /** Frees what is held. */
  close(): void {
    this.over = true;
    this.#decoder?.destroy();
  }

  #see(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#onDecoded?.(chunk);
    if (this.#kept < this.#limit) {
      const kept = this.#kept + chunk.length <= this.#limit ? chunk : chunk.subarray(0, this.#limit - this.#kept);
      collectPiece(this.#chunks, kept);
      this.#kept += kept.length;
      // A later chunk can only matter while the first ones were blank.
      this.#opens ??= mayOpenJson(this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks));
      if (this.#opens === undefined && this.#kept >= 1024) this.#opens = true;
    }
    this.#scanner?.push(chunk);
  }

  #openDecoder(firstByte: number): Transform {
    // Some servers send raw deflate as "deflate"; the first byte tells them apart (RFC 9110 8.4.1.2, RFC 1950 2.2).
    const decoder = this.#coding === 'deflate' && (firstByte & 0x0f) !== 8 ? createInflateRaw() : DECODERS[this.#coding]!();
    decoder.on('data', (chunk: Buffer) => {
      if (this.over) return;
      this.#see(chunk);
      if (!this.#onDecoded && this.bytes > (this.#scanner ? SCAN_LIMIT : this.#limit)) {
        // Enough was seen; what follows could be a bomb.
        this.#problem = 'too-large';
        this.close();
      }
      this.#onChange();
    });
    decoder.on('end', () => this.#stop());
    decoder.on('error', () => this.#stop('bad-encoding'));
    return decoder;
  }

  #stop(problem?: Body['problem']): void {
    if (this.over) return;
    this.#problem = problem;
    this.over = true;
    this.#onChange();
  }
}

/** Whether a content coding can be undone. @param coding value of Content-Encoding */
export function canDecode(coding: string): boolean {
  const name = coding.trim().toLowerCase();
  return name === '' || name === 'identity' || DECODERS[name] !== undefined;
}

const DECODERS: Record<string, () => Transform> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
};
