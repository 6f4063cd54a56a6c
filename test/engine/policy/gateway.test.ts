import { expect, it } from 'vitest';
import { compileGateways } from '../../../src/engine/policy/gateway.ts';
import { approvedSchema } from '../../../src/engine/policy/schema.ts';
import { flowTo } from '../sample-flow.ts';

const through = (gateways: object[], url: string) =>
  compileGateways(approvedSchema.parse({ gateways }).gateways)(flowTo(url))?.name;

it('a URL covers what lies below it, a host all of it', () => {
  const gateways = [
    { host: '*.llm.example', name: 'hosts' },
    { url: 'https://gw.example/v1', name: 'all' },
    { url: 'https://gw.example/v1/team-a', name: 'team' },
  ];
  expect(through(gateways, 'https://gw.example/v1/chat/completions')).toBe('all');
  expect(through(gateways, 'https://gw.example/v1/team-a/chat/completions')).toBe('team');
  expect(through(gateways, 'https://gw.example/v2/chat/completions')).toBeUndefined();
  expect(through(gateways, 'https://eu.llm.example/anything')).toBe('hosts');
  expect(through(gateways, 'https://api.openai.com/v1/chat/completions')).toBeUndefined();
  expect(through([], 'https://gw.example/v1')).toBeUndefined();
});

it('a Host that names another server than the bytes go to counts for nothing', () => {
  const of = compileGateways(approvedSchema.parse({ gateways: [{ url: 'https://gw.example', name: 'g' }] }).gateways);
  expect(of(flowTo('https://gw.example/v1', { server: { host: 'evil.example', port: 443, address: '' } }))).toBeUndefined();
});

it.each([
  ['neither URL nor host', { name: 'g' }],
  ['both', { name: 'g', host: 'a.example', url: 'https://a.example' }],
  ['no name', { host: 'a.example' }],
  ['a path in the host', { name: 'g', host: 'a.example/v1' }],
  ['no URL', { name: 'g', url: 'a.example' }],
])('with %s an entry is refused', (_what, gateway) => {
  expect(approvedSchema.safeParse({ gateways: [gateway] }).success).toBe(false);
});
