// Takes an absolute URL apart without changing it. Never throws, linear time: URLs come from the wire as clients wrote them.

import { remember } from './remember.ts';

/** The parts of a URL as written; `scheme` and `host` in lower case, `host` without brackets and final dot. */
export interface UrlParts {
  readonly scheme: string;
  readonly userinfo: string;
  readonly host: string;
  /** Port as written, else the scheme's default, else 0. */
  readonly port: number;
  /** From the first slash, without query; `/` if empty. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, ws: 80, https: 443, wss: 443 };

export const splitUrl: (url: string) => UrlParts = remember(split);

function split(url: string): UrlParts {
  const hash = url.indexOf('#');
  const bare = hash < 0 ? url : url.slice(0, hash);
  const mark = bare.indexOf('?');
  const query = mark < 0 ? '' : bare.slice(mark + 1);
  const head = mark < 0 ? bare : bare.slice(0, mark);
  const colon = head.indexOf('://');
  if (colon < 0) return { scheme: '', userinfo: '', host: '', port: 0, path: head || '/', query };
  const scheme = head.slice(0, colon).toLowerCase();
  const slash = head.indexOf('/', colon + 3);
  const authority = slash < 0 ? head.slice(colon + 3) : head.slice(colon + 3, slash);
  const at = authority.lastIndexOf('@');
  const [host, port] = splitHostPort(authority.slice(at + 1));
  return {
    scheme,
    userinfo: at < 0 ? '' : authority.slice(0, at),
    host,
    port: port ?? DEFAULT_PORTS[scheme] ?? 0,
    path: slash < 0 ? '/' : head.slice(slash),
    query,
  };
}

function splitHostPort(text: string): [string, number | undefined] {
  const colon = text.lastIndexOf(':');
  const hasPort = colon > text.lastIndexOf(']') && /^\d{1,5}$/.test(text.slice(colon + 1));
  const host = normaliseHost(hasPort || text.endsWith(':') ? text.slice(0, colon) : text);
  return [host, hasPort ? Number(text.slice(colon + 1)) : undefined];
}

/** Lower case, no brackets, no final dot: the form in which host names are compared. */
export function normaliseHost(host: string): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const dotless = bare.endsWith('.') ? bare.slice(0, -1) : bare;
  return dotless.toLowerCase();
}

/** Compiles `host` or `*.suffix` (which is any name below the suffix, not the suffix itself). */
export function compileHostPattern(pattern: string): (host: string) => boolean {
  const wanted = normaliseHost(pattern);
  if (!wanted.startsWith('*.')) return (host) => normaliseHost(host) === wanted;
  const suffix = wanted.slice(1);
  return (host) => normaliseHost(host).endsWith(suffix);
}
