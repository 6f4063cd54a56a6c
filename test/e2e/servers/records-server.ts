// An MCP server of SDK 1.x with the tools of a customer database: some take what must not leave, some answer with it. What reaches
// the server is kept, so that a test can see what was sent.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

export const CARD = '4111 1111 1111 1111';
export const OTHER_CARD = '5500 0055 5555 5559';
const LINES = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj',
  'MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu',
];
export const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----\n${LINES.join('\n')}\n-----END PRIVATE KEY-----\n`;

export interface Records {
  /** Texts of `note`, as they arrived. */
  notes: string[];
  /** Lets `watch` end. */
  release(): void;
  create(name: string): McpServer;
}

const text = (content: string) => ({ content: [{ type: 'text' as const, text: content }] });

export function recordsServer(): Records {
  const notes: string[] = [];
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    notes,
    release: () => release(),
    create(name) {
      const server = new McpServer({ name, version: '1.0.0' }, { capabilities: { logging: {} } });
      server.registerTool('note', { inputSchema: { text: z.string() } }, async (given) => {
        notes.push(given.text);
        return text('noted');
      });
      server.registerTool('customer', {}, async () => text(`Ada Lovelace pays by card ${CARD}, expires 12/29`));
      server.registerTool('key', {}, async () => text(PRIVATE_KEY));
      server.registerTool('report', { inputSchema: { size: z.number() } }, async ({ size }) =>
        text(`${'all is well. '.repeat(size / 26)}card ${CARD} ${'all is well. '.repeat(size / 26)}`),
      );
      server.registerTool('watch', {}, async ({ sendNotification }) => {
        const say = (data: string) => sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
        await say('started');
        await say(`paid by card ${CARD}`);
        await say(PRIVATE_KEY);
        await say('waiting');
        await released;
        return text(`done, card ${CARD}`);
      });
      return server;
    },
  };
}
