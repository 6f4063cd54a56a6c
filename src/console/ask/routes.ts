// Asking for approval of what was blocked: GET shows what it was and a form, POST files the request. Nothing here is open: a link is
// signed for one blocked request (ask-token.ts).
//
// In order: the link, the sender's site (only the page itself may post), the media type, the size, the form, the limits of the
// store of requests. A forged link and one that never was get the same answer. While the blocked event is not stored yet, the
// request is taken all the same; whoever reviews it sees the evidence then.

import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';

import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ApprovalRequest, type BlockedFacts, type Filing, NO_FACTS, type RequestDraft } from '../../approval-request.ts';
import { readAsk, timeOfEvent } from '../../ask-token.ts';
import { bodyLimit } from '../body-limit.ts';
import type { Sender, ServerBindings } from '../listen.ts';
import { type AskForm, EMPTY_FORM, readForm } from './form.ts';
import { type Content, decisionContent, formContent, messageContent, page } from './page.ts';

export interface AskOptions {
  /** The key for links (`askKey`). */
  key: Buffer;
  /** Address under which people reach the console, '' if it has none of its own. */
  publicUrl: string;
  /** Whom to ask where the page cannot help. */
  contact: string;
  requests: {
    known(eventId: string, facts: BlockedFacts): ApprovalRequest | undefined;
    file(draft: RequestDraft): Filing;
  };
  /** What is stored of a blocked event; undefined while nothing is. Never fails, and takes two seconds at most. */
  facts(eventId: string): Promise<BlockedFacts | undefined>;
  /** A new request was filed. */
  onFiled(request: ApprovalRequest): void;
  onFault(error: Error): void;
  /** Epoch milliseconds. */
  now(): number;
}

interface AskEnv extends ServerBindings {
  Variables: { eventId: string };
}
type AskContext = Context<AskEnv>;

const MAX_BODY = 32 * 1024;
const FORM = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/** @param clientOf address of whoever sent the request */
export function askRoutes(options: AskOptions, clientOf: (sender: Sender) => string): Hono<AskEnv> {
  const { key, contact, requests, now } = options;
  const app = new Hono<AskEnv>();

  app.use('/:token', async (context, next) => {
    const token = readAsk(key, context.req.param('token'), now());
    if (token.is === 'unknown') return unknownLink(context, contact);
    if (token.is === 'expired') {
      // Deciding may take longer than the link lasts.
      const known = requests.known(token.eventId, NO_FACTS);
      if (known) return answer(context, 200, decisionContent(known, contact));
      const text =
        'Links to ask for approval can be used for seven days. Repeat what was blocked: the new message has a new link.';
      return answer(context, 410, messageContent('This link has expired', text));
    }
    context.set('eventId', token.eventId);
    return next();
  });

  app.get('/:token', async (context) => {
    const eventId = context.get('eventId');
    const facts = await options.facts(eventId);
    const known = requests.known(eventId, facts ?? NO_FACTS);
    if (known) return answer(context, 200, decisionContent(known, contact));
    return showForm(context, 200, facts, { ...EMPTY_FORM, name: facts?.user ?? '' });
  });

  app.post(
    '/:token',
    csrf({ origin: (origin, { req }) => isSameSite(origin, req.header('host') ?? '', options.publicUrl) }),
    async (context, next) => {
      if (FORM.test(context.req.header('content-type') ?? '')) return next();
      return answer(context, 415, messageContent('This is not the form', 'Requests are sent with the form of this page.'));
    },
    bodyLimit({
      maxSize: MAX_BODY,
      onError: (context) =>
        answer(context, 413, messageContent('This is too long', 'Please say it in at most 2,000 characters.')),
    }),
    async (context) => {
      const eventId = context.get('eventId');
      const form = readForm(await context.req.text());
      const facts = await options.facts(eventId);
      if (Object.keys(form.problems).length > 0) return showForm(context, 400, facts, form);
      const blocked = facts ?? { ...NO_FACTS, address: clientOf(context) };
      const { name, reason, days } = form;
      const filing = requests.file({ ...blocked, event_id: eventId, created: now(), name, reason, days });
      if (filing.is === 'refused') {
        context.header('retry-after', String(filing.retryAfter));
        const text = `${filing.why} Try again later, or ask ${contact} directly.`;
        return answer(context, 429, messageContent('Too many requests', text));
      }
      if (filing.is === 'filed') options.onFiled(filing.request);
      return answer(context, 200, decisionContent(filing.request, contact));
    },
  );

  app.all('/:token', (context) => {
    context.header('allow', 'GET, HEAD, POST');
    return answer(
      context,
      405,
      messageContent('This does not work here', 'The page is read and its form is sent; nothing else.'),
    );
  });
  app.all('*', (context) => unknownLink(context, contact));

  app.onError((error, context) => {
    if (error instanceof HTTPException && error.status === 403) {
      const text = 'A request has to be sent from its own page. Open the link of the message again.';
      return answer(context, 403, messageContent('Another page sent this', text));
    }
    options.onFault(error);
    const text = `Your request was not taken. Try again in a minute, or ask ${contact} directly.`;
    return answer(context, 503, messageContent('Something went wrong', text));
  });
  return app;
}

function unknownLink(context: AskContext, contact: string): Response | Promise<Response> {
  const text = `This link leads nowhere. Check that it was copied whole, or ask ${contact} directly.`;
  return answer(context, 404, messageContent('Unknown link', text));
}

function showForm(
  context: AskContext,
  status: ContentfulStatusCode,
  facts: BlockedFacts | undefined,
  form: AskForm,
): Response | Promise<Response> {
  return answer(context, status, formContent(facts, timeOfEvent(context.get('eventId')), form));
}

function answer(context: Context, status: ContentfulStatusCode, content: Content): Response | Promise<Response> {
  const nonce = randomBytes(16).toString('base64');
  context.header(
    'content-security-policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
  // The link must not travel to other sites. With "no-referrer" browsers would post the form with "Origin: null".
  context.header('referrer-policy', 'same-origin');
  context.header('cache-control', 'no-store');
  context.header('x-content-type-options', 'nosniff');
  return context.html(page(content, nonce), status);
}

/** A reverse proxy in front may have changed Host, but then people know the console by its public address. */
function isSameSite(origin: string, host: string, publicUrl: string): boolean {
  const site = URL.parse(origin)?.host;
  return site !== undefined && site !== '' && (site === host.toLowerCase() || site === URL.parse(publicUrl)?.host);
}
