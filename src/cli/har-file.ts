// Reads a recording (HAR 1.2) from a file.

import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { type HarEntry, HarProblem, readHar } from '../engine/har.ts';
import { DaylightError } from '../errors.ts';
import { readInput } from './read-input.ts';

/** Decoded bytes of one body; what is longer is a bomb or of no use here. */
const MAX_BODY = 16 * 1024 * 1024;

/**
 * @param file a path, `-` for standard input
 * @param prefix bytes of a body that are judged
 * @throws DaylightError ERR_USAGE, ERR_HAR_INVALID
 */
export function readHarFile(file: string, prefix: number): HarEntry[] {
  try {
    return readHar(readInput(file), { decompress, prefix });
  } catch (cause) {
    if (cause instanceof HarProblem) throw new DaylightError('ERR_HAR_INVALID', `${file}: ${cause.message}`, { cause });
    throw cause;
  }
}

function decompress(bytes: Uint8Array, encoding: string): Uint8Array | undefined {
  const limits = { maxOutputLength: MAX_BODY, finishFlush: constants.Z_SYNC_FLUSH };
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(bytes, limits);
    case 'deflate':
      // Named after zlib's format, but often sent without its header.
      return (bytes[0]! & 0x0f) === 8 ? inflateSync(bytes, limits) : inflateRawSync(bytes, limits);
    case 'br':
      return brotliDecompressSync(bytes, { maxOutputLength: MAX_BODY });
    case 'zstd':
      return zstdDecompressSync(bytes, { maxOutputLength: MAX_BODY });
    default:
      return undefined;
  }
}
