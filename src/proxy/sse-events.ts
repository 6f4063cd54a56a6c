// Takes an event stream apart into events without losing a byte, and writes an event with other data (HTML standard 9.2.6).
//
// Lines end in CRLF, LF or CR, wherever the input is split. An event ends with an empty line. Bytes between events, comments above
// all, are handed on as soon as their line is complete: they keep connections alive. An event that grows beyond the limit is
// given as far as it has come; what follows of it comes as a rest.

export interface SseBlock {
  /** The bytes of the event, or of the part that is here. */
  raw: Buffer;
  /** Name of the event; `message` when there is no `event` field. */
  event: string;
  data: string;
  complete: boolean;
}

export interface SseSinks {
  /** An event with data. */
  event(block: SseBlock): void;
  /** Lines that belong to no event with data. */
  other(raw: Buffer): void;
  /** More of an event of which the first part was given. */
  rest(raw: Buffer, ended: boolean): void;
}

const LF = 10;
const CR = 13;
const NOTHING = Buffer.alloc(0);

export class SseEvents {
  #sinks: SseSinks;
  #limit: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** The line under way has no byte yet. */
  #lineEmpty = true;
  /** Its first byte, to tell a comment. */
  #comment = false;
  #afterCr = false;
  /** A field was seen since the last empty line. */
  #fields = false;
  #inRest = false;

  constructor(limit: number, sinks: SseSinks) {
    this.#limit = limit;
    this.#sinks = sinks;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk[at]!;
      if (code === LF && this.#afterCr) {
        // The second half of a line end belongs to the line before it, which may have been handed on.
        this.#afterCr = false;
        if (at === from && this.#pendingBytes === 0 && !this.#inRest) {
          this.#sinks.other(chunk.subarray(at, at + 1));
          from = at + 1;
        }
        continue;
      }
      this.#afterCr = false;
      if (code !== LF && code !== CR) {
        if (this.#lineEmpty) this.#comment = code === 0x3a;
        this.#lineEmpty = false;
        continue;
      }
      if (code === CR) {
        if (chunk[at + 1] === LF) at++;
        else this.#afterCr = true;
      }
      if (this.#endLine(chunk.subarray(from, at + 1))) from = at + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** The stream has ended; what was begun counts as an event. */
  end(): void {
    if (this.#pendingBytes > 0) this.#give(NOTHING);
  }

  /** A line ends with `bytes`. @returns whether all up to here was handed on */
  #endLine(bytes: Buffer): boolean {
    const empty = this.#lineEmpty;
    const comment = this.#comment && !empty;
    this.#lineEmpty = true;
    this.#comment = false;
    if (this.#inRest) {
      if (!empty) return false;
      this.#inRest = false;
      this.#sinks.rest(bytes, true);
      return true;
    }
    if (empty) {
      this.#give(bytes);
      return true;
    }
    if (comment && !this.#fields) {
      this.#sinks.other(this.#take(bytes));
      return true;
    }
    this.#fields = true;
    return false;
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.#inRest) {
      this.#sinks.rest(bytes, false);
      return;
    }
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes <= this.#limit) return;
    const raw = this.#take(NOTHING);
    this.#inRest = true;
    this.#fields = false;
    this.#sinks.event({ ...parseBlock(raw), raw, complete: false });
  }

  #give(bytes: Buffer): void {
    const raw = this.#take(bytes);
    const block = this.#fields || !this.#lineEmpty ? parseBlock(raw) : undefined;
    this.#fields = false;
    if (block?.hasData) this.#sinks.event({ event: block.event, data: block.data, raw, complete: true });
    else this.#sinks.other(raw);
  }

  #take(bytes: Buffer): Buffer {
    const raw = this.#pending.length === 0 ? bytes : Buffer.concat([...this.#pending, bytes]);
    this.#pending = [];
    this.#pendingBytes = 0;
    return raw;
  }
}

/** Lines with their ends. */
const LINE = /([^\r\n]*)(\r\n|\r|\n|$)/g;

function* linesOf(text: string): Generator<{ line: string; end: string; field: string; value: string }> {
  for (const [whole, line = '', end = ''] of text.matchAll(LINE)) {
    if (whole === '') return;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1);
    yield { line, end, field, value };
  }
}

function parseBlock(raw: Buffer): { event: string; data: string; hasData: boolean } {
  const data: string[] = [];
  let event = '';
  for (const { field, value } of linesOf(textOf(raw))) {
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value.slice(0, 256);
  }
  return { event: event || 'message', data: data.join('\n'), hasData: data.length > 0 };
}

/** The same event with other data: all other lines stay, and the kind of line ends. */
export function withData(raw: Buffer, data: string): Buffer {
  let text = '';
  let written = false;
  for (const { line, end, field } of linesOf(textOf(raw))) {
    if (field !== 'data') text += line + end;
    else if (!written) {
      written = true;
      for (const each of data.split(/\r\n|\r|\n/)) text += `data: ${each}${end || '\n'}`;
    }
  }
  return Buffer.from(text);
}

/** Text without a byte order mark. */
function textOf(raw: Buffer): string {
  const text = raw.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
