// The page on which people ask for approval, as HTML: a form, the state of a request, or a message. Needs no script and nothing from
// elsewhere. Every text is escaped by the template; texts of servers and people show what they hold.

import { html } from 'hono/html';
import { type ApprovalRequest, ASKED_DAYS, type BlockedFacts } from '../../approval-request.ts';
import { visibleText } from '../../engine/inventory/visible-text.ts';
import { type AskForm, MAX_NAME, MAX_REASON } from './form.ts';
import { STYLE } from './style.ts';

type Html = ReturnType<typeof html>;

export interface Content {
  title: string;
  body: Html;
}

/** A page for people who have not signed in. */
export function page({ title, body }: Content, nonce: string, style = STYLE): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Daylight</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
<p class="brand">Daylight</p>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}

export function messageContent(title: string, text: string): Content {
  return { title, body: html`<p>${text}</p>` };
}

/** @param facts undefined while the event is not stored @param time of the event, epoch milliseconds */
export function formContent(facts: BlockedFacts | undefined, time: number, form: AskForm): Content {
  const { problems } = form;
  const wrong = Object.keys(problems).length;
  const body = html`<p>A request of yours was blocked. Say why you need it, and someone will decide.</p>
${facts ? factList(facts, time) : html`<p class="panel">What was blocked is still being stored. You can ask all the same: whoever decides will see it.</p>`}
<form method="post">
${wrong > 0 ? html`<p class="alert" role="alert">Not sent yet: please look at ${wrong === 1 ? 'the field' : 'the fields'} marked below.</p>` : ''}
<label for="name">Your name or e-mail</label>
<input id="name" name="name" value="${visibleText(form.name)}" maxlength="${MAX_NAME}" autocomplete="email" required ${invalid('name', problems.name)}>
${problem('name', problems.name)}
<label for="reason">Why do you need it?</label>
<textarea id="reason" name="reason" rows="5" maxlength="${MAX_REASON}" required ${invalid('reason', problems.reason)}>
${form.reason}</textarea>
${problem('reason', problems.reason)}
<fieldset ${invalid('days', problems.days)}>
<legend>For how long?</legend>
<div class="choices">
${ASKED_DAYS.map(
  (days) =>
    html`<label><input type="radio" name="days" value="${days}" required ${days === form.days ? 'checked' : ''}>${days === 365 ? 'A year' : period(days)}</label>
`,
)}</div>
</fieldset>
${problem('days', problems.days)}
<button type="submit">Ask for approval</button>
</form>`;
  return { title: 'Ask for approval', body };
}

/** What became of a request. */
export function decisionContent(request: ApprovalRequest, contact: string): Content {
  const { id, state, days, until, comment, created } = request;
  const next = {
    pending: `It waits for a decision. Keep this page's address: it shows what was decided. Questions: ${contact}; they know it as ${id}.`,
    approved: until
      ? `It is allowed until ${until}. Try again; a client that was blocked may have to be restarted.`
      : 'It is allowed. Try again.',
    denied: `Questions: ${contact}; they know it as ${id}.`,
  }[state];
  const title = { pending: 'Your request was sent', approved: 'Your request was approved', denied: 'Your request was denied' }[
    state
  ];
  const body = html`<p><span class="state ${state}">${state}</span> ${id}, asked <time datetime="${iso(created)}">${shown(created)}</time> for ${period(days)}</p>
${comment === '' ? '' : html`<blockquote>${visibleText(comment)}</blockquote>`}
<p>${next}</p>
${request.traffic === '' ? '' : factList(request, undefined)}`;
  return { title, body };
}

function factList(facts: BlockedFacts, time: number | undefined): Html {
  const rows: [string, string][] = [
    [facts.servers.length > 1 ? 'Servers' : 'Server', facts.servers.join('\n')],
    ['Why', facts.blocked],
    ['Rule', facts.rule],
    ['Method', facts.method],
    ['Tool', facts.tool],
    ['User', facts.user],
    ['When', time === undefined ? '' : shown(time)],
  ];
  return html`<dl class="panel">
${rows
  .filter(([, text]) => text !== '')
  .map(
    ([name, text]) => html`<dt>${name}</dt><dd>${visibleText(text)}</dd>
`,
  )}</dl>`;
}

function invalid(field: string, text: string | undefined): Html | string {
  return text === undefined ? '' : html`aria-invalid="true" aria-describedby="${field}-problem"`;
}

function problem(field: string, text: string | undefined): Html | string {
  return text === undefined ? '' : html`<p class="problem" id="${field}-problem">${text}</p>`;
}

function period(days: number): string {
  return days === 365 ? 'a year' : `${days} days`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function shown(time: number): string {
  return `${iso(time).slice(0, 16).replace('T', ' ')} UTC`;
}
