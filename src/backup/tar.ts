// The part of the tar format (POSIX.1-2017, pax, "ustar Interchange Format") that backups need: regular files with plain names, so that
// any tar program lists and unpacks them. Reading takes exactly what writing makes; everything else is refused.

import { DaylightError } from '../errors.ts';

export interface TarEntry {
  /** With `/`, relative. */
  path: string;
  bytes: number;
  /** Permission bits. */
  mode: number;
  /** Epoch milliseconds. */
  time: number;
}

const BLOCK = 512;
const NAME = 100;
const PREFIX = 155;
const ZERO = '\0'.charCodeAt(0);

/** Field offsets and lengths in a header block. */
const FIELDS = {
  name: [0, NAME],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  chksum: [148, 8],
  typeflag: [156, 1],
  magic: [257, 8],
  prefix: [345, PREFIX],
} as const;

/** The bytes of an archive. @throws DaylightError ERR_BACKUP if a name does not fit, or a file has another size than its entry says */
export async function* writeTar(
  entries: Iterable<{ entry: TarEntry; content: AsyncIterable<Buffer> | Iterable<Buffer> }>,
): AsyncGenerator<Buffer> {
  for (const { entry, content } of entries) {
    yield headerOf(entry);
    let written = 0;
    for await (const chunk of content) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== entry.bytes) throw broken(`${entry.path} changed while it was read; try again`);
    yield Buffer.alloc(padding(entry.bytes));
  }
  yield Buffer.alloc(2 * BLOCK);
}

/**
 * Reads an archive from front to back.
 *
 * @param open called for each file, in order; gets its bytes piece by piece, then `end`
 * @throws DaylightError ERR_BACKUP on anything that `writeTar` does not write; what `open` throws
 */
export async function readTar(
  source: AsyncIterable<Buffer>,
  open: (entry: TarEntry) => Promise<{ write(chunk: Buffer): Promise<void>; end(): Promise<void> }>,
): Promise<void> {
  const reader = createBlockReader(source);
  for (;;) {
    const header = await reader.take(BLOCK);
    if (isZero(header)) {
      if (!isZero(await reader.take(BLOCK)) || !(await reader.isOver())) throw broken('there is something after its end');
      return;
    }
    const entry = parseHeader(header);
    const file = await open(entry);
    try {
      await reader.pass(entry.bytes, file.write);
    } finally {
      await file.end();
    }
    if (!isZero(await reader.take(padding(entry.bytes)))) throw broken(`${JSON.stringify(entry.path)} is not padded with zeros`);
  }
}

function headerOf({ path, bytes, mode, time }: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = splitPath(path);
  const put = (field: keyof typeof FIELDS, text: string) => block.write(text, FIELDS[field][0], FIELDS[field][1], 'utf8');
  const octal = (field: keyof typeof FIELDS, value: number) => put(field, value.toString(8).padStart(FIELDS[field][1] - 1, '0'));
  put('name', name);
  octal('mode', mode);
  octal('uid', 0);
  octal('gid', 0);
  octal('size', bytes);
  octal('mtime', Math.floor(time / 1000));
  put('typeflag', '0');
  put('magic', 'ustar\x0000');
  put('prefix', prefix);
  put('chksum', `${checksum(block).toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** A name of more than 100 bytes is divided at a slash. */
function splitPath(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= NAME) return ['', path];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const parts: [string, string] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(parts[0]) <= PREFIX && Buffer.byteLength(parts[1]) <= NAME) return parts;
  }
  throw broken(`the name ${path} is too long; shorten it`);
}

function parseHeader(block: Buffer): TarEntry {
  const text = (field: keyof typeof FIELDS): string => {
    const [at, length] = FIELDS[field];
    const end = block.indexOf(ZERO, at);
    return block.toString('utf8', at, end < 0 || end > at + length ? at + length : end);
  };
  const octal = (field: keyof typeof FIELDS): number => {
    const found = /^[0-7]+ ?$/.test(text(field)) ? Number.parseInt(text(field), 8) : -1;
    if (found < 0 || !Number.isSafeInteger(found)) throw broken(`its ${field} field holds no number`);
    return found;
  };
  if (octal('chksum') !== checksum(block)) throw broken('a header does not have the checksum that it names');
  if (text('magic') !== 'ustar') throw broken('it is no ustar archive');
  const path = text('prefix') === '' ? text('name') : `${text('prefix')}/${text('name')}`;
  if (text('typeflag') !== '0') throw broken(`${JSON.stringify(path)} is no regular file`);
  return { path, bytes: octal('size'), mode: octal('mode') & 0o777, time: octal('mtime') * 1000 };
}

/** The sum of all bytes, those of the checksum taken as blanks. */
function checksum(block: Buffer): number {
  const [at, length] = FIELDS.chksum;
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) sum += index >= at && index < at + length ? 32 : block[index]!;
  return sum;
}

function padding(bytes: number): number {
  return (BLOCK - (bytes % BLOCK)) % BLOCK;
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

function createBlockReader(source: AsyncIterable<Buffer>) {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function fill(): Promise<boolean> {
    while (rest.length === 0) {
      const { value, done } = await chunks.next();
      if (done) return false;
      rest = value;
    }
    return true;
  }

  async function pass(bytes: number, write: (chunk: Buffer) => Promise<void>): Promise<void> {
    for (let left = bytes; left > 0; ) {
      if (!(await fill())) throw broken('it ends in the middle; copy it again');
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      await write(piece);
    }
  }

  return {
    pass,
    async take(bytes: number): Promise<Buffer> {
      const pieces: Buffer[] = [];
      await pass(bytes, async (piece) => void pieces.push(piece));
      return Buffer.concat(pieces);
    },
    isOver: async () => !(await fill()),
  };
}

function broken(what: string): DaylightError {
  return new DaylightError('ERR_BACKUP', `the backup cannot be used: ${what}`);
}
