// Header fields and trailers of a message whose content was replaced. What describes the old bytes goes: a length that is wrong,
// a coding that was undone, digests and validators (RFC 9110 8.8, RFC 9530, RFC 1864).

const OF_CONTENT = new Set(['content-length', 'content-encoding']);
const OF_OLD_BYTES = new Set(['content-md5', 'digest', 'content-digest', 'repr-digest', 'etag', 'accept-ranges']);

/** @param length of the new content in bytes; undefined where the framing says where it ends */
export function rewrittenHead(headers: readonly string[], length: number | undefined): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase();
    if (!OF_CONTENT.has(name) && !OF_OLD_BYTES.has(name)) kept.push(headers[i]!, headers[i + 1]!);
  }
  if (length !== undefined) kept.push('Content-Length', String(length));
  return kept;
}

/** Trailers without digests of the old bytes. */
export function rewrittenTrailers(trailers: readonly string[]): readonly string[] {
  return trailers.length === 0 ? trailers : rewrittenHead(trailers, undefined);
}
