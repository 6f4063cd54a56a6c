import { expect, it } from 'vitest';
import { rewrittenHead, rewrittenTrailers } from '../../src/proxy/rewritten-head.ts';

const OLD = [
  'Content-MD5',
  'x',
  'Digest',
  'x',
  'Content-Digest',
  'x',
  'Repr-Digest',
  'x',
  'ETag',
  '"x"',
  'Content-Encoding',
  'gzip',
];

it('a head for other content says nothing about the old bytes', () => {
  expect(rewrittenHead(['X-A', '1', 'content-length', '5', ...OLD, 'Set-Cookie', 'a=b'], 7)).toEqual([
    ...['X-A', '1', 'Set-Cookie', 'a=b', 'Content-Length', '7'],
  ]);
});

it('without a length the framing says where the content ends', () => {
  expect(rewrittenHead(['Content-Length', '5', 'X-A', '1'], undefined)).toEqual(['X-A', '1']);
});

it('trailers stay, except digests', () => {
  expect(rewrittenTrailers(['Repr-Digest', 'x', 'Server-Timing', 'db;dur=1'])).toEqual(['Server-Timing', 'db;dur=1']);
});
