// What clients need before they can do anything: the CA in every form, the automatic proxy configuration, scripts, the guide, and a
// test that says whether they came through the proxy and trust the CA. Open to everybody: nothing here is secret.
//
// The same routes stand at http://daylight.internal through the proxy, on the port of the proxy itself (so that a browser can read its
// configuration before it has one), and at /setup of the console. Only GET and HEAD are answered.

import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { Onboarding } from '../../config/onboarding.ts';
import type { ServerBindings } from '../listen.ts';
import { asBundle, asDer, asPem, asPkcs7, asProfile, type SetupCa } from './certificates.ts';
import { powerShellScript, shellScript } from './env-script.ts';
import { guideSections } from './guide.ts';
import { PAC_TYPE, writePac } from './pac.ts';
import { setupPage, type TestResult, testPage } from './page.ts';

export interface SetupOptions {
  /** What clients have to trust. */
  ca(): Promise<SetupCa>;
  /** Address of the proxy as clients know it, without final slash. */
  proxyUrl(): string;
  pac: Onboarding['pac'];
  onFault(error: Error): void;
}

/** How a request came, as far as the place that the routes stand at can tell. */
type ArrivalOf = (context: Context<ServerBindings>) => TestResult;

/** @param base path at which the routes stand, `` or `/setup` */
export function setupRoutes(options: SetupOptions, base: string, arrivalOf: ArrivalOf): Hono<ServerBindings> {
  const { ca, proxyUrl, pac } = options;
  const app = new Hono<ServerBindings>();
  const noProxy = pac.direct.map((each) => each.replace(/^\*(?=\.)/, ''));

  app.get('/', async (context) => {
    const sections = guideSections({ proxyUrl: proxyUrl(), noProxy });
    const found = await ca();
    return answerPage(context, (nonce) => setupPage(found, sections, base, nonce));
  });
  app.get('/test', (context) => {
    const result = arrivalOf(context);
    context.header('vary', 'accept');
    if (/application\/json/i.test(context.req.header('accept') ?? '')) return answerJson(context, result);
    return answerPage(context, (nonce) => testPage(result, base, nonce));
  });
  app.get('/test.json', (context) => answerJson(context, arrivalOf(context)));

  const file = (path: string, type: string, name: string, write: (ca: SetupCa) => string | Buffer): void => {
    app.get(path, async (context) => answerFile(context, write(await ca()), type, name));
  };
  const pem = 'application/x-x509-ca-cert';
  file('/ca.crt', pem, 'daylight-ca.crt', asPem);
  file('/ca.pem', 'application/x-pem-file', 'daylight-ca.pem', asPem);
  file('/ca.cer', pem, 'daylight-ca.cer', asDer);
  file('/ca.der', pem, 'daylight-ca.der', asDer);
  file('/ca.p7b', 'application/x-pkcs7-certificates', 'daylight-ca.p7b', asPkcs7);
  file('/ca.mobileconfig', 'application/x-apple-aspen-config', 'daylight-ca.mobileconfig', asProfile);
  file('/bundle.pem', 'application/x-pem-file', 'daylight-bundle.pem', asBundle);

  for (const path of ['/proxy.pac', '/wpad.dat']) app.get(path, () => answerPac(options));
  app.get('/env.sh', (context) =>
    answerFile(context, shellScript(proxyUrl(), noProxy), 'text/x-shellscript; charset=utf-8', undefined),
  );
  app.get('/env.ps1', (context) =>
    answerFile(context, powerShellScript(proxyUrl(), noProxy), 'text/plain; charset=utf-8', undefined),
  );

  app.onError((error, context) => {
    options.onFault(error);
    return context.text('This cannot be told at the moment. Try again in a minute.\n', 503, { 'cache-control': 'no-store' });
  });
  app.all('*', (context) => {
    if (context.req.method === 'GET' || context.req.method === 'HEAD')
      return context.text(`There is no such page. Begin at ${base}/\n`, 404);
    context.header('allow', 'GET, HEAD');
    return context.text('Only GET and HEAD are answered here.\n', 405);
  });
  return app;
}

/** The automatic configuration, as `proxy.pac` and `wpad.dat`. */
export function answerPac({ proxyUrl, pac }: Pick<SetupOptions, 'proxyUrl' | 'pac'>): Response {
  const headers = { 'content-type': PAC_TYPE, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  return new Response(writePac(proxyUrl(), pac), { headers });
}

type Answer = Response | Promise<Response>;

function answerPage(context: Context, write: (nonce: string) => ReturnType<typeof setupPage>): Answer {
  const nonce = randomBytes(16).toString('base64');
  context.header(
    'content-security-policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`,
  );
  common(context);
  return context.html(write(nonce));
}

function answerJson(context: Context, result: TestResult): Answer {
  common(context);
  return context.json(result);
}

function answerFile(context: Context, body: string | Buffer, type: string, name: string | undefined): Answer {
  common(context);
  context.header('content-type', type);
  if (name !== undefined) context.header('content-disposition', `attachment; filename="${name}"`);
  return context.body(typeof body === 'string' ? body : new Uint8Array(body));
}

function common(context: Context): void {
  context.header('cache-control', 'no-store');
  context.header('referrer-policy', 'no-referrer');
  context.header('x-content-type-options', 'nosniff');
}
