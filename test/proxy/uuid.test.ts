import { expect, it } from 'vitest';
import { uuidv7 } from '../../src/proxy/uuid.ts';

it('ids are UUIDs of version 7, distinct, and sort by time', () => {
  const ids = Array.from({ length: 1000 }, (_, i) => uuidv7(1_763_625_600_000 + i));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(Array.from({ length: 1000 }, () => uuidv7(0))).size).toBe(1000);
  expect(Number.parseInt(ids[5]!.replaceAll('-', '').slice(0, 12), 16)).toBe(1_763_625_600_005);
});
