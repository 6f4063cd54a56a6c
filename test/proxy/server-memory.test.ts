import { describe, expect, it } from 'vitest';
import type { LearnedServer } from '../../src/engine/flow.ts';
import { createServerMemory } from '../../src/proxy/server-memory.ts';

const server = (change: Partial<LearnedServer> = {}): LearnedServer => ({
  url: 'https://a.example/mcp',
  transport: 'streamable-http',
  generation: '2025-06-18',
  serverName: 'a',
  serverVersion: '1',
  lastSeen: 1_000_000,
  blocked: false,
  ...change,
});
const DAY = 86_400_000;

describe('what was learnt about servers', () => {
  it('is found again by URL, and told to the other workers once', () => {
    const told: (readonly LearnedServer[])[] = [];
    const memory = createServerMemory((servers) => told.push(servers));
    memory.remember([server()]);
    memory.remember([server({ lastSeen: 1_000_500 })]);
    memory.remember([]);
    expect(told).toEqual([[server()]]);
    expect(memory.lookup('https://a.example/mcp', 1_001_000)).toEqual(server());
    expect(memory.lookup('https://b.example/mcp', 1_001_000)).toBeUndefined();
  });

  it('is told again when it changes or has been proved anew after a while', () => {
    let told = 0;
    const memory = createServerMemory(() => told++);
    for (const change of [
      {},
      { blocked: true },
      { serverName: 'b', blocked: true },
      { serverName: 'b', blocked: true, lastSeen: 2_000_000 },
    ])
      memory.remember([server(change)]);
    expect(told).toBe(4);
  });

  it('keeps a name that a later proof does not give', () => {
    const memory = createServerMemory(() => {});
    memory.remember([server()]);
    memory.remember([server({ serverName: '', serverVersion: '', blocked: true })]);
    expect(memory.lookup('https://a.example/mcp', 1_000_000)).toMatchObject({
      serverName: 'a',
      serverVersion: '1',
      blocked: true,
    });
  });

  it('is forgotten after a day', () => {
    const memory = createServerMemory(() => {});
    memory.remember([server()]);
    expect(memory.lookup('https://a.example/mcp', 1_000_000 + DAY)).toBeDefined();
    expect(memory.lookup('https://a.example/mcp', 1_000_001 + DAY)).toBeUndefined();
  });

  it('comes from other workers without being told on', () => {
    let told = 0;
    const memory = createServerMemory(() => told++);
    memory.receive([server()]);
    expect(told).toBe(0);
    expect(memory.lookup('https://a.example/mcp', 1_000_000)).toBeDefined();
  });

  it('is bounded: the oldest go first', () => {
    const memory = createServerMemory(() => {});
    memory.receive(Array.from({ length: 20_100 }, (_, i) => server({ url: `https://h${i}.example/mcp` })));
    expect(memory.lookup('https://h0.example/mcp', 1_000_000)).toBeUndefined();
    expect(memory.lookup('https://h20099.example/mcp', 1_000_000)).toBeDefined();
  });
});
