import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatFields,
  headerValue,
  parseFields,
  parseRequestHead,
  parseResponseHead,
  requestFraming,
  responseFraming,
} from '../../src/proxy/http1-head.ts';

const token = fc.string({ unit: fc.constantFrom(..."!#$%&'*+-.^_`|~09azAZ"), minLength: 1, maxLength: 20 });
const value = fc
  .string({ unit: fc.constantFrom('a', 'Z', '0', ' ', '\t', ':', '"', '\xe9', '\xff', ','), maxLength: 30 })
  .map((text) => text.replace(/^[\t ]+|[\t ]+$/g, ''));
const fields = fc.array(fc.tuple(token, value), { maxLength: 8 }).map((list) => list.flat());

describe('a head that is read', () => {
  it('is the head that was written', () => {
    fc.assert(
      fc.property(token, fields, fc.constantFrom('1.0', '1.1'), (method, headers, version) => {
        const text = `${method} /p?q=1 HTTP/${version}\r\n${formatFields(headers)}`.replace(/\r\n$/, '');
        expect(parseRequestHead(text)).toEqual({ method, target: '/p?q=1', version, headers });
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), fields, value, (status, headers, reason) => {
        const text = `HTTP/1.1 ${status} ${reason}\r\n${formatFields(headers)}`.replace(/\r\n$/, '');
        expect(parseResponseHead(text)).toEqual({ status, reason, version: '1.1', headers });
      }),
    );
  });

  it('loses the white space around values and nothing else', () => {
    expect(parseFields('A: \t b \r\nc:\r\nC:d', 0)).toEqual(['A', 'b', 'c', '', 'C', 'd']);
  });

  it('may come without a reason', () => {
    expect(parseResponseHead('HTTP/1.1 200')).toMatchObject({ status: 200, reason: '' });
    expect(parseResponseHead('HTTP/1.1 200 ')).toMatchObject({ status: 200, reason: '' });
  });

  it('is refused with an error of ours, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('A', ' ', ':', '\r\n', '\n', '/', 'HTTP/1.1', '200', '\0', '\xff', 'Host'),
          maxLength: 60,
        }),
        (text) => {
          for (const parse of [parseRequestHead, parseResponseHead]) {
            try {
              parse(text);
            } catch (error) {
              expect(error).toMatchObject({ code: 'ERR_HTTP_SYNTAX' });
            }
          }
        },
      ),
    );
  });

  it('never holds a character in a value that could end a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('\r', '\n', '\0', ' ', ':', 'a', '\x7f'), maxLength: 40 }), (text) => {
        try {
          for (const part of parseFields(text, 0)) expect(part).not.toMatch(/[\r\n\0\x7f]/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_HTTP_SYNTAX' });
        }
      }),
    );
  });
});

describe('the length of a body', () => {
  const request = (...headers: string[]) =>
    requestFraming({ method: 'POST', target: '/', version: '1.1', headers: ['Host', 'x', ...headers] });
  const response = (status: number, method: string, ...headers: string[]) =>
    responseFraming({ status, reason: '', version: '1.1', headers }, method);

  it('is none, a number, chunks, or until the end', () => {
    expect(request()).toEqual({ kind: 'none' });
    expect(request('Content-Length', '0')).toEqual({ kind: 'none' });
    expect(request('content-LENGTH', '12')).toEqual({ kind: 'length', length: 12 });
    expect(request('Transfer-Encoding', 'Chunked')).toEqual({ kind: 'chunked' });
    expect(response(200, 'GET')).toEqual({ kind: 'close' });
    expect(response(200, 'GET', 'Content-Length', '0')).toEqual({ kind: 'none' });
  });

  it.each([
    [200, 'HEAD'],
    [204, 'GET'],
    [304, 'GET'],
    [103, 'GET'],
  ])('%i to %s is none, whatever the head says', (status, method) => {
    expect(response(status, method, 'Content-Length', '5')).toEqual({ kind: 'none' });
    expect(response(status, method, 'Transfer-Encoding', 'chunked')).toEqual({ kind: 'none' });
  });

  it('may stand twice in an answer, not in a request', () => {
    expect(response(200, 'GET', 'Content-Length', '5', 'Content-Length', '5')).toEqual({ kind: 'length', length: 5 });
    expect(() => request('Content-Length', '5', 'Content-Length', '5')).toThrow('two Content-Length');
    expect(() => response(200, 'GET', 'Content-Length', '5', 'Content-Length', '05')).toThrow('two Content-Length');
  });
});

it('a header is found whatever its case', () => {
  expect(headerValue(['A', '1', 'hOsT', '2', 'Host', '3'], 'host')).toBe('2');
  expect(headerValue(['A', 'host'], 'host')).toBe('');
});
