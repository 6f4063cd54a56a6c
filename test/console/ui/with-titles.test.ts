import { expect, it } from 'vitest';
import { withTitles } from '../../../src/console/ui/text/with-titles.ts';

it('names rules in a sentence by their title, and leaves ids that nobody knows', () => {
  const titles = new Map([['939ae232-588e-4bce-b71e-d78a1dc02e27', 'MCP over WebSocket']]);
  expect(withTitles('added mode of rule 939ae232-588e-4bce-b71e-d78a1dc02e27 (mode block)', titles)).toBe(
    'added mode of rule “MCP over WebSocket” (mode block)',
  );
  expect(withTitles('rule 00000000-588e-4bce-b71e-d78a1dc02e27', titles)).toBe('rule 00000000-588e-4bce-b71e-d78a1dc02e27');
});
