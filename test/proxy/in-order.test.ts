import { expect, it } from 'vitest';
import { InOrder } from '../../src/proxy/in-order.ts';

function open() {
  let out = '';
  const order = new InOrder((bytes) => {
    out += bytes.toString();
  });
  return { order, out: () => out };
}

it('passes at once what nothing is before', () => {
  const { order, out } = open();
  order.add(Buffer.from('a'));
  expect(out()).toBe('a');
});

it('passes what was ready earlier only after what came before it', () => {
  const { order, out } = open();
  const first = order.reserve(10);
  const second = order.reserve(20);
  order.add(Buffer.from('c'));
  expect(order.waiting).toBe(31);
  let empty = false;
  order.whenEmpty(() => {
    empty = true;
  });
  second(Buffer.from('b'));
  expect(out()).toBe('');
  first(Buffer.alloc(0));
  expect(out()).toBe('bc');
  expect(order.waiting).toBe(0);
  expect(empty).toBe(true);
});

it('passes nothing more once it is closed', () => {
  const { order, out } = open();
  const fill = order.reserve(1);
  order.close();
  fill(Buffer.from('a'));
  order.add(Buffer.from('b'));
  expect(out()).toBe('');
});
