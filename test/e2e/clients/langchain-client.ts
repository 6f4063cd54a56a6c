// LangChain's MCP client, as a program of its own (`langchain-client.ts URL`): configured by HTTPS_PROXY and a CA file in the
// environment. Connects, loads the tools, calls `echo`, writes what it saw as one line of JSON.

import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { type ClientReport, failed } from './mcp-clients.ts';

async function langChain(url: string): Promise<ClientReport> {
  const client = new MultiServerMCPClient({
    mcpServers: { office: { transport: 'http', url } },
    throwOnLoadError: true,
    prefixToolNameWithServerName: false,
  });
  try {
    const tools = await client.getTools();
    const echo = tools.find(({ name }) => name === 'echo');
    return { ok: true, server: '', protocol: '', text: String(await echo?.invoke({ message: 'hello' })) };
  } finally {
    await client.close();
  }
}

process.stdout.write(`${JSON.stringify(await langChain(process.argv[2] ?? '').catch(failed))}\n`);
process.exit();
