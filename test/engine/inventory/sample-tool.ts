// Tools for tests of the inventory.

import { createHash } from 'node:crypto';
import type { ToolSeenEvent } from '../../../src/engine/event.ts';
import { checkTool } from '../../../src/engine/inventory/check-tool.ts';
import { type HashText, storedTool, type ToolDefinition, toolOf } from '../../../src/engine/inventory/tool.ts';

export const sha256: HashText = (text) => createHash('sha256').update(text).digest('hex');

export const SCHEMA = {
  type: 'object',
  properties: { path: { type: 'string', description: 'Which file' }, mode: { enum: ['r', 'w'] } },
  required: ['path'],
};

/** A definition of a tool `read_file`. */
export function tool(change: Record<string, unknown> = {}): ToolDefinition {
  const found = toolOf({ name: 'read_file', description: 'Reads a file', inputSchema: SCHEMA, ...change }, sha256);
  if (found === undefined) throw new Error('the tool has no name');
  return found;
}

/** An answer to tools/list. */
export function answer(tools: readonly unknown[], more: Record<string, unknown> = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 2, result: { tools, ...more } });
}

/** The tool as it is stored when it is seen. */
export function seenTool(change: Record<string, unknown> = {}, event: Partial<ToolSeenEvent> = {}): ToolSeenEvent {
  const definition = tool(change);
  const suspicions = checkTool(definition);
  return {
    kind: 'tool_seen',
    ts: Date.parse('2026-11-20T12:00:00Z'),
    event_id: '01938000-0000-7000-8000-000000000001',
    tenant: 'default',
    sensor: 'test',
    server_key: 'https://tools.example/mcp',
    ...storedTool(definition),
    tool_hash: definition.hash,
    checks: suspicions.map(({ check }) => check),
    evidence: suspicions.map(({ where, evidence }) => `${where}: ${evidence}`),
    flow_id: '01938000-0000-7000-8000-000000000000',
    ...event,
  };
}
