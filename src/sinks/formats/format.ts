// Formats by name: what turns an event into the text that a destination sends. One file maps one format; docs/reference/sink-formats.md
// has their tables.

import type { Event } from '../../engine/event.ts';
import { toCef } from './cef.ts';
import { toEcs } from './ecs/ecs.ts';
import { jsonLine } from './json-line.ts';
import { toLeef } from './leef.ts';
import { createNews } from './news.ts';
import { toOcsf } from './ocsf/ocsf.ts';
import type { FormatOrigin } from './origin.ts';
import { toSlack } from './slack.ts';
import { toTeams } from './teams.ts';

/** One event as text: a line without its newline. undefined where the format has nothing for an event of this kind. */
export type Format = (event: Event) => string | undefined;

export const FORMAT_NAMES = ['native', 'ocsf', 'ecs', 'cef', 'leef', 'slack', 'teams'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** Each sink has its own: the chat formats remember what they have told. */
export function createFormat(name: FormatName, origin: FormatOrigin): Format {
  switch (name) {
    case 'native':
      return jsonLine;
    case 'ocsf':
      return (event) => lineOf(toOcsf(event, origin));
    case 'ecs':
      return (event) => lineOf(toEcs(event, origin));
    case 'cef':
      return (event) => toCef(event, origin);
    case 'leef':
      return (event) => toLeef(event, origin);
    case 'slack':
      return told(toSlack);
    case 'teams':
      return told(toTeams);
  }
}

function lineOf(document: object | undefined): string | undefined {
  return document && jsonLine(document);
}

function told(render: typeof toSlack): Format {
  const newsOf = createNews();
  return (event) => {
    const news = newsOf(event);
    return news && jsonLine(render(news));
  };
}
