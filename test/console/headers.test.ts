import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { answerPage, headers } from '../../src/console/headers.ts';

const app = new Hono();
app.use(headers(''));
app.get('/', (context) =>
  answerPage(context, '<head><meta property="csp-nonce" nonce="{nonce}"></head><style nonce="{nonce}"></style>'),
);
app.get('/own', (context) =>
  context.text('', 200, { 'cache-control': 'max-age=60', 'content-security-policy': "default-src 'self'" }),
);

it('gives each page a nonce of its own, for style sheets alone', async () => {
  const [one, two] = [await app.request('/'), await app.request('/')];
  const policy = one.headers.get('content-security-policy') ?? '';
  const nonce = /style-src 'self' 'nonce-([\w+/=]{24})'/.exec(policy)?.[1] ?? 'none';
  expect((await one.text()).split(`nonce="${nonce}"`)).toHaveLength(3);
  expect(two.headers.get('content-security-policy')).not.toContain(nonce);
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toContain('unsafe');
});

it('leaves what a route says itself', async () => {
  const { headers: own } = await app.request('/own');
  expect([own.get('cache-control'), own.get('content-security-policy')]).toEqual(['max-age=60', "default-src 'self'"]);
  expect(own.get('x-frame-options')).toBe('DENY');
});
