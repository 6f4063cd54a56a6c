// What the options of several sinks have in common: how a receiver is named, trusted, and proved to.

import { z } from 'zod';
import { parentProxy } from '../listeners.ts';

/** Address of a receiver: no credentials, no query, no fragment, so that it can be shown and logged. */
export const receiverUrl = z
  .string()
  .regex(
    /^https?:\/\/[^/?#\s@\\]+(\/[^?#\s\\]*)?$/,
    'must be a URL such as https://siem.corp.example:8088, without user, query or fragment',
  )
  .refine((text) => URL.canParse(text), 'must be a URL such as https://siem.corp.example:8088');

export const host = z.string().regex(/^[A-Za-z0-9._:-]{1,253}$/, 'must be a host name or an address, e.g. siem.corp.example');

export const port = z.int().min(1).max(65_535);

/** Name of a file; relative ones start from the folder of the configuration. */
export const file = z.string().min(1);

/** A secret that goes into a header: printable ASCII without spaces (RFC 9110 section 5.5 would let more pass). */
export const headerSecret = z.string().regex(/^[\x21-\x7e]{1,8192}$/, 'must be printable ASCII without spaces');

/** Milliseconds that one exchange with the receiver may take. */
export const timeout = z.int().min(100).max(600_000).default(30_000);

/** Which certificate authorities count: the public ones, or those in this PEM file. */
export const ca = file.optional();

/** What requests go through to get out, as `proxy.upstream.proxy`; none unless told. */
export const proxy = parentProxy;

/** In the place of `proxy` where the protocol is not HTTP. */
export const noProxy = z
  .never({
    error: 'counts for splunk, elastic, sentinel, s3, otlp and webhook only: this type is not HTTP, and goes out directly',
  })
  .optional();

/** Further headers of requests, besides those of this pattern (in lower case), which the sink sets itself. Secrets do not belong here. */
export function headersBesides(own: RegExp) {
  return z
    .record(z.string(), z.string().regex(/^[\x20-\x7e]{0,4096}$/, 'must be printable ASCII'))
    .superRefine((headers, context) => {
      for (const name of Object.keys(headers)) {
        if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(name))
          context.addIssue({ code: 'custom', path: [name], message: 'is no name of a header' });
        else if (own.test(name.toLowerCase()))
          context.addIssue({ code: 'custom', path: [name], message: 'is set by the sink itself' });
      }
    })
    .default({});
}

/** Whether the value under this key of a sink's options names a file. */
export function isFileKey(key: string): boolean {
  return key === 'ca' || key === 'clientCert' || key === 'clientKey' || key.endsWith('File');
}

/** For `superRefine`: a secret is given in the configuration or in a file of its own, never twice. */
export function checkSecret(options: object, key: string, context: z.RefinementCtx, need: 'required' | 'optional'): void {
  const given = [key, `${key}File`].filter((name) => name in options && options[name as keyof typeof options] !== undefined);
  if (given.length === 2) context.addIssue({ code: 'custom', path: [key], message: `must not be set together with ${key}File` });
  if (given.length === 0 && need === 'required')
    context.addIssue({ code: 'custom', path: [key], message: `is missing; set ${key}, or ${key}File to a file with mode 0600` });
}

/** For `superRefine`: keys that mean nothing without each other. */
export function checkTogether(options: object, keys: readonly string[], context: z.RefinementCtx): void {
  const isSet = (key: string) => options[key as keyof typeof options] !== undefined;
  if (keys.some(isSet))
    for (const key of keys.filter((name) => !isSet(name)))
      context.addIssue({ code: 'custom', path: [key], message: `is missing; ${keys.join(' and ')} belong together` });
}
