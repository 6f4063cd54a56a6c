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

const NOTHING: readonly string[] = [];

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
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    if (named || drop || LENGTHS.has(name.length)) {
      const lower = name.toLowerCase();
      if (HOP_BY_HOP.has(lower) || drop?.has(lower)) {
        if (lower === 'te' && /(^|[\s,])trailers([\s,;]|$)/i.test(raw[i + 1]!)) trailers = true;
        continue;
      } else if (named && connection.includes(lower) && !NEVER_NAMED.has(lower)) continue;
    }
    headers.push(name, raw[i + 1]!);
  }
  return { headers, connection, trailers };
}
