// The configuration for people to read, on the page of settings and in what support gets: what is secret is said to be set, not shown.

import type { Config } from '../config.ts';
import { withoutSecrets as sinkWithoutSecrets } from '../sinks/describe.ts';

const SECRET = /password|passphrase|secret|token|credential|authorization|cookie|key$/i;
/** Sections whose keys are anybody's. */
const OPAQUE = new Set(['headers']);

export function withoutSecrets(config: Config): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify({ ...config, sinks: config.sinks.map(sinkWithoutSecrets) }, (name, value) => {
      if (SECRET.test(name) && isSecret(value)) return '(set)';
      if (OPAQUE.has(name) && typeof value === 'object' && value !== null)
        return Object.fromEntries(Object.keys(value).map((key) => [key, '(set)']));
      return typeof value === 'string'
        ? value.replace(/(:\/\/)[^/@\s]+@/, '$1…@').replace(/(:\/\/[^?#\s]*)[?#].*$/s, '$1?…')
        : value;
    }),
  );
}

/** Sections and switches that are named after secrets hold none themselves. */
function isSecret(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' || Array.isArray(value);
}

/** Every secret that the configuration holds as it is, so that it can be looked for elsewhere. */
export function secretsOf(config: Config): string[] {
  const found = new Set<string>();
  const walk = (name: string, value: unknown): void => {
    if (typeof value === 'string') {
      if ((SECRET.test(name) || OPAQUE.has(name)) && value.length >= MIN_SECRET) found.add(value);
      const [, inUrl] = /:\/\/[^/@\s:]*:([^/@\s]+)@/.exec(value) ?? [];
      if (inUrl !== undefined) found.add(inUrl);
    } else if (typeof value === 'object' && value !== null)
      for (const [key, child] of Object.entries(value)) walk(Array.isArray(value) || OPAQUE.has(name) ? name : key, child);
  };
  walk('', config);
  // The address of a webhook lets in whoever knows it.
  for (const sink of config.sinks) if (sink.type === 'webhook' && sink.url !== undefined) found.add(sink.url);
  return [...found];
}

/** Shorter ones would be found in words that mean something else. */
const MIN_SECRET = 6;
