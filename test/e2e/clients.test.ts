import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Appliance, startAppliance } from './appliance.ts';
let a: Appliance;
beforeAll(async () => { a = await startAppliance(); });
afterAll(async () => { await a.stop(); });
test('x', async () => { console.log(a.proxyUrl, await a.cli('version'), (await a.events(() => true)).length); expect(1).toBe(1); });
