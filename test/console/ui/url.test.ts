import { describe, expect, it } from 'vitest';
import { pageAddress, readParam, withParams } from '../../../src/console/ui/state/url.ts';

describe('the address of a page', () => {
  it('keeps what is not changed, and drops what becomes empty', () => {
    expect(withParams('?from=7d&open=x&filter=user%3Aana', { open: '', filter: 'traffic:shadow' })).toBe(
      '?from=7d&filter=traffic%3Ashadow',
    );
    expect(withParams('?open=x', { open: undefined })).toBe('');
  });

  it('carries any text there and back', () => {
    for (const text of ['a&b=c#d', 'user:"ana silva" -host:*.example.com', '%00\u202e', '+ plus']) {
      expect(readParam(withParams('', { filter: text }), 'filter')).toBe(text);
    }
  });

  it('takes the time range to another page, and nothing else', () => {
    expect(pageAddress('/servers', '?from=7d&filter=x&open=y', { open: 'https://a.example/mcp' })).toBe(
      '/servers?from=7d&open=https%3A%2F%2Fa.example%2Fmcp',
    );
    expect(pageAddress('/', '')).toBe('/');
  });
});
