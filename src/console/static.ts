// Serves the built page: its files, which never change under their hashed names, and one document for every address of the page. Until it is
// built, says so, and comes back by itself.

import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { type Context, Hono } from 'hono';
import { answerPage } from './headers.ts';
import type { ServerBindings } from './listen.ts';

/** How far the page is. */
export type PageState = 'building' | 'ready' | 'failed';

export interface Page {
  routes: Hono<ServerBindings>;
  /** Reads the files that were built. @returns whether there are any */
  load(): boolean;
  /** There will be no page. Has no effect once there is one. */
  fail(): void;
  state(): PageState;
}

interface StaticFile {
  type: string;
  content: Uint8Array<ArrayBuffer>;
  br: Uint8Array<ArrayBuffer> | undefined;
  gzip: Uint8Array<ArrayBuffer> | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
const FOR_EVER = 'public, max-age=31536000, immutable';
const RETRY_S = 2;

/** @param folder what build-ui.ts made */
export function createPage(folder: string): Page {
  let files = new Map<string, StaticFile>();
  let document = '';
  let failed = false;
  const state = (): PageState => (document !== '' ? 'ready' : failed ? 'failed' : 'building');

  const routes = new Hono<ServerBindings>();
  routes.get('/assets/*', (context) => {
    const file = files.get(context.req.path);
    return file ? answerFile(context, file) : context.notFound();
  });
  routes.get('/*', (context) => {
    if (!wantsPage(context)) return context.notFound();
    return document === '' ? answerNotBuilt(context, failed) : answerPage(context, document);
  });

  return {
    routes,
    load() {
      try {
        const html = readFileSync(join(folder, 'index.html'), 'utf8');
        files = readFiles(folder);
        document = html;
        return true;
      } catch {
        return false;
      }
    },
    fail() {
      failed = true;
    },
    state,
  };
}

function readFiles(folder: string): Map<string, StaticFile> {
  const found = new Map<string, StaticFile>();
  for (const entry of readdirSync(join(folder, 'assets'), { withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const content = new Uint8Array(readFileSync(file));
    found.set(`/${relative(folder, file)}`, { type, content, br: readIfThere(`${file}.br`), gzip: readIfThere(`${file}.gz`) });
  }
  return found;
}

function readIfThere(file: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(file));
  } catch {
    return undefined;
  }
}

function answerFile(context: Context, { type, content, br, gzip }: StaticFile): Response {
  context.header('content-type', type);
  context.header('cache-control', FOR_EVER);
  context.header('vary', 'accept-encoding');
  const accepted = context.req.header('accept-encoding') ?? '';
  const form = br && accepts(accepted, 'br') ? 'br' : gzip && accepts(accepted, 'gzip') ? 'gzip' : '';
  if (form === '') return context.body(content);
  context.header('content-encoding', form);
  return context.body((form === 'br' ? br : gzip) ?? content);
}

/** RFC 9110 section 12.5.3, as far as a coding is named; one with weight 0 is refused. */
function accepts(header: string, coding: string): boolean {
  return header.split(',').some((part) => {
    const [name = '', ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** Browsers ask for documents by type; a file that is not there is no document. */
function wantsPage({ req }: Context): boolean {
  if (req.path === '/') return true;
  return (req.header('accept') ?? '').includes('text/html') && !/\.[a-z0-9]+$/i.test(req.path);
}

function answerNotBuilt(context: Context, failed: boolean): Response | Promise<Response> {
  const [title, text] = failed
    ? [
        'The console could not be built',
        'The log of the appliance says why. After that is mended: npm run build:console, then restart.',
      ]
    : [
        'The console is being built',
        'This takes a few seconds after an update, and happens once. This page comes back by itself.',
      ];
  context.status(503);
  if (!failed) context.header('retry-after', String(RETRY_S));
  return context.html(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
${failed ? '' : `<meta http-equiv="refresh" content="${RETRY_S}">`}<title>Daylight</title></head>
<body><h1>${title}</h1><p>${text}</p><p>The proxy works all the while. Health: <a href="/readyz">/readyz</a></p></body></html>
`);
}
