// What a browser does with addresses, as far as signing in needs it: cookies by host, redirects, forms. Trusts the CA that it is given.

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Page {
  url: URL;
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface Visit {
  method?: string;
  /** Sent as JSON. */
  json?: unknown;
  form?: Record<string, string>;
  headers?: Record<string, string>;
  /** Redirects that are followed; 10 unless told. */
  hops?: number;
}

export interface Browser {
  visit(url: string, visit?: Visit): Promise<Page>;
  /** By host name, then by name. */
  cookies: Map<string, Map<string, string>>;
}

/** @param ca PEM */
export function openBrowser(ca?: string): Browser {
  const cookies = new Map<string, Map<string, string>>();

  async function visit(address: string, { method, json, form, headers = {}, hops = 10 }: Visit = {}): Promise<Page> {
    const url = new URL(address);
    const jar = cookies.get(url.hostname) ?? new Map<string, string>();
    cookies.set(url.hostname, jar);
    const body = json === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(json);
    const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
    const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      timeout: 30_000,
      agent: false,
      ...(ca === undefined ? {} : { ca }),
      headers: {
        ...(jar.size > 0 ? { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
        ...(body === undefined ? {} : { 'content-type': type, origin: url.origin }),
        ...headers,
      },
    });
    sent.end(body);
    const [response] = await once(sent, 'response');
    const text = Buffer.concat(await response.toArray()).toString();
    for (const cookie of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '' || /max-age=0/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    const { location } = response.headers;
    if (location !== undefined && hops > 0) return visit(new URL(location, url).href, { hops: hops - 1 });
    return { url, status: response.statusCode, headers: response.headers, text };
  }
  return { visit, cookies };
}
