// Ways around inspection, in words.

const TITLES: Readonly<Record<string, string>> = {
  http3: 'Offer of HTTP/3',
  ech: 'Encrypted ClientHello',
  'not-http': 'Not HTTP in a tunnel',
};

/** @param way as engine/coverage/evasion.ts names it */
export function wayTitle(way: string): string {
  return TITLES[way] ?? (way.startsWith('relay:') ? `Tunnel service ${way.slice(6)}` : way);
}
