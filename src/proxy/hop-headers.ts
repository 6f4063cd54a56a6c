// Which header fields travel on and which end here. RFC 9110 section 7.6.1, RFC 9113 section 8.2.2.
//
// Fields that concern one connection are removed, as are those that `Connection` names, unless the name is one that the
// message cannot do without: a client must not be able to strip `Host` or a credential by naming it.
// No `Via` is added: servers commonly switch compression off when they see it, which would change what clients get.

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

const NEVER_NAMED = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'authorization',
  'cookie',
  'set-cookie',
]);

/** Lengths of the names above, to skip lower-casing for the rest. */
const LENGTHS = new Set([...HOP_BY_HOP].map((name) => name.length));

export interface EndToEnd {
  /** Flat list, case and order kept. */
  headers: string[];
  /** Lower-case tokens of `Connection`. */
  connection: readonly string[];
  /** `TE: trailers` was sent: the peer reads trailers. */
  trailers: boolean;
}

/** What must not stand in trailers, besides: framing, routing, credentials (RFC 9110 6.5.1). */
const NEVER_TRAILING = new Set([...HOP_BY_HOP, ...NEVER_NAMED, 'content-range', 'expect', 'range', 'trailer']);

const NOTHING: readonly string[] = [];

/** Trailers that may travel on. A server that merges trailers into the head must not find another length or host there. */
export function endToEndTrailers(raw: readonly string[]): readonly string[] {
  if (raw.length === 0) return raw;
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    if (!NEVER_TRAILING.has(raw[i]!.toLowerCase())) kept.push(raw[i]!, raw[i + 1]!);
  }
  return kept;
}

/** Takes fields out of a list for good. @param names in lower case */
export function withhold(raw: string[], names: readonly string[]): void {
  for (let i = raw.length - 2; i >= 0; i -= 2) {
    const field = raw[i]!;
    for (const name of names) {
      if (name.length !== field.length || name !== field.toLowerCase()) continue;
      raw.splice(i, 2);
      break;
    }
  }
}

/** Splits end-to-end fields from the rest. `drop`: further lower-case names to leave out. */
export function endToEnd(raw: readonly string[], drop?: ReadonlySet<string>): EndToEnd {
  let connection: readonly string[] = NOTHING;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]!.length === 10 && raw[i]!.toLowerCase() === 'connection') {
      connection = connection.concat(
        raw[i + 1]!.toLowerCase()
          .split(',')
          .map((token) => token.trim()),
      );
    }
  }
  const named = connection.length > 0 && connection.some((token) => token !== 'close' && token !== 'keep-alive');
  const headers: string[] = [];
  let trailers = false;
  let length = false;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    if (named || drop || LENGTHS.has(name.length)) {
      const lower = name.toLowerCase();
      if (HOP_BY_HOP.has(lower) || drop?.has(lower)) {
        if (lower === 'te' && /(^|[\s,])trailers([\s,;]|$)/i.test(raw[i + 1]!)) trailers = true;
        continue;
      }
      if (lower === 'content-length') {
        // Once is enough.
        if (length) continue;
        length = true;
      } else if (named && connection.includes(lower) && !NEVER_NAMED.has(lower)) continue;
    }
    headers.push(name, raw[i + 1]!);
  }
  return { headers, connection, trailers };
}
