import { expect, it } from 'vitest';
import { refuseMessage } from '../../src/proxy/refuse-message.ts';

const error = { code: -32050, message: 'no', data: {} };
const answer = (id: unknown) => ({ jsonrpc: '2.0', id, error });
const read = (text: string | undefined) => (text === undefined ? undefined : JSON.parse(text));

it.each([
  ['a response becomes an error with its id', { jsonrpc: '2.0', id: 7, result: { content: [] } }, answer(7), undefined],
  ['a request goes back as an error', { jsonrpc: '2.0', id: 'a', method: 'tools/call', params: {} }, undefined, answer('a')],
  ['a notification is dropped', { jsonrpc: '2.0', method: 'notifications/message', params: {} }, undefined, undefined],
  [
    'of a batch, each',
    [
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', method: 'notifications/message' },
      { jsonrpc: '2.0', id: 2, method: 'ping' },
    ],
    [answer(1)],
    [answer(2)],
  ],
])('%s', (_, message, forward, back) => {
  const refusal = refuseMessage(JSON.stringify(message), error);
  expect(read(refusal.forward)).toEqual(forward);
  expect(read(refusal.back)).toEqual(back);
});

it('the first part of a message is enough if it holds the id', () => {
  expect(read(refuseMessage('{"jsonrpc":"2.0","id":3,"result":{"content":[{"text":"aaa', error).forward)).toEqual(answer(3));
  expect(refuseMessage('{"result":{"content":[{"text":"aaa', error)).toEqual({ forward: undefined, back: undefined });
});
