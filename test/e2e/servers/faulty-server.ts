// An MCP server of SDK 1.x on which things go wrong: a tool that fails, one that is refused with an error, one that is slow to answer;
// resources and prompts besides. Streamable HTTP with event streams (/mcp) or JSON (/json), and HTTP+SSE (/sse).

import type { RequestListener } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { serveSessions } from './sdk1-sessions.ts';

const inputSchema = { type: 'object' as const, properties: { note: { type: 'string' } } };

export function createFaultyMcp(): McpServer {
  const mcp = new McpServer({ name: 'faulty', version: '1.0.0' }, { capabilities: { tools: {}, resources: {}, prompts: {} } });
  const { server } = mcp;
  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: ['works', 'fails', 'refuses', 'never'].map((tool) => ({ name: tool, inputSchema })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    if (params.name === 'refuses') throw new McpError(ErrorCode.InvalidParams, 'the secret of the house is 42');
    if (params.name === 'never') return new Promise(() => {});
    return { content: [{ type: 'text', text: `${params.name} done` }], isError: params.name === 'fails' };
  });
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }) => ({
    contents: [{ uri: params.uri, text: 'content' }],
  }));
  server.setRequestHandler(GetPromptRequestSchema, async () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'Do it.' } }],
  }));
  return mcp;
}

export function faultyServer(): RequestListener {
  const serve = serveSessions(createFaultyMcp);
  return (incoming, outgoing) => void serve(incoming, outgoing);
}
