// A message for a Teams workflow that takes webhook requests: an Adaptive Card. TextBlock and FactSet read Markdown, so the text of
// others stands in RichTextBlock only, whose runs are shown as they are; nothing can become a link, a picture or a mention.

import type { Level } from './level.ts';
import type { News } from './news.ts';

const COLOR: Readonly<Record<Level, string>> = {
  informational: 'default',
  low: 'default',
  medium: 'warning',
  high: 'attention',
  critical: 'attention',
};

export function toTeams({ title, level, text, facts }: News): object {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            lineOf({ text: title, size: 'medium', weight: 'bolder', color: COLOR[level] }),
            lineOf({ text: text || title }),
            ...[['Level', level] as const, ...facts].map(([label, value]) =>
              lineOf({ text: `${label}: `, weight: 'bolder' }, { text: value }),
            ),
          ],
        },
      },
    ],
  };
}

function lineOf(...runs: { text: string; size?: string; weight?: string; color?: string }[]): object {
  return { type: 'RichTextBlock', inlines: runs.map((run) => ({ type: 'TextRun', ...run })) };
}
