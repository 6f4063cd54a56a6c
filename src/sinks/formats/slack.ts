// A message for a Slack incoming webhook (Block Kit). Everything is plain text: no formatting, no links, no mention of anybody. `&`, `<`
// and `>` are escaped as well, because that is where Slack's mentions and links begin (`<!channel>`).

import type { News } from './news.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

export function toSlack({ title, level, text, facts }: News): object {
  return {
    // Read out in notifications.
    text: escaped(`${title}. ${text}`),
    mrkdwn: false,
    blocks: [
      { type: 'header', text: plain(title) },
      { type: 'section', text: plain(text || title) },
      {
        type: 'section',
        fields: [['Level', level] as const, ...facts].slice(0, 10).map(([label, value]) => plain(`${label}: ${value}`)),
      },
    ],
  };
}

function plain(text: string): object {
  return { type: 'plain_text', text: escaped(text), emoji: false };
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (char) => ESCAPES[char] ?? char);
}
