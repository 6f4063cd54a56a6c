import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { sinksKey } from '../../../src/config/sinks.ts';

const examples = [...readFileSync('docs/reference/sinks.md', 'utf8').matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)]
  .map(([, text = '']) => (parse(text) as { sinks?: { name?: string }[] }).sinks)
  .filter((sinks) => sinks !== undefined);

it.each(examples.map((sinks) => [sinks.map(({ name }) => name).join(), sinks]))(
  'the documented example %s is valid',
  (_name, sinks) => {
    expect(sinksKey.safeParse(sinks).error?.message).toBeUndefined();
  },
);

it('there is an example for every receiver', () => {
  const types = new Set(examples.flatMap((sinks) => sinksKey.parse(sinks).map(({ type }) => type)));
  for (const type of ['syslog', 'splunk', 'elastic', 'sentinel', 'kafka', 's3', 'otlp']) expect(types).toContain(type);
});
