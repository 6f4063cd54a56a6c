import { expect, it } from 'vitest';
import { type Answered, createAnswerStreams } from '../../src/proxy/answer-streams.ts';

const answered = (key: string): Answered => ({ key, outcome: 'ok', code: 0, time: 5, bytes: 10 });

it('an answer settles the call that waits for it, and no other', () => {
  const streams = createAnswerStreams();
  const stream = streams.open('https://mcp.example/messages?sessionId=1');
  const settled: string[] = [];
  for (const key of ['n1', 'n2']) stream.expect(key).settle = (answer) => void settled.push(`${key} ${answer?.outcome}`);
  stream.answer(answered('n3'));
  stream.answer(answered('n2'));
  stream.answer(answered('n2'));
  expect(settled).toEqual(['n2 ok']);
  expect(stream.waits).toBe(true);
  stream.close();
  expect(settled).toEqual(['n2 ok', 'n1 undefined']);
});

it('an answer may come before the POST has ended', () => {
  const stream = createAnswerStreams().open('https://mcp.example/messages');
  const waiting = stream.expect('n1');
  stream.answer(answered('n1'));
  expect(waiting.answered).toEqual(answered('n1'));
  expect(stream.waits).toBe(false);
});

it('a stream is found by its endpoint, however that is written, until it ends', () => {
  const streams = createAnswerStreams();
  const stream = streams.open('https://mcp.example:443/a/../messages?sessionId=1');
  expect(streams.find('https://mcp.example/messages?sessionId=1')).toBe(stream);
  expect(streams.find('https://mcp.example/messages?sessionId=2')).toBeUndefined();
  const later = streams.open('https://mcp.example/messages?sessionId=1');
  stream.close();
  expect(streams.find('https://mcp.example/messages?sessionId=1')).toBe(later);
  later.close();
  expect(streams.find('https://mcp.example/messages?sessionId=1')).toBeUndefined();
});

it('a server that never answers cannot fill the memory', () => {
  const stream = createAnswerStreams().open('https://mcp.example/messages');
  const all = Array.from({ length: 1500 }, (_, id) => stream.expect(`n${id}`));
  expect(all.filter(({ over }) => over)).toHaveLength(500);
  expect(all[0]?.over).toBe(true);
  stream.forget('n1499');
  stream.answer(answered('n1499'));
  expect(all[1499]?.answered).toBeUndefined();
});
