// Who, where and what of an exchange, in the fewest words.

import type { FlowEvent } from '../../../api/shapes.ts';

export function whoOf({ user_id, src_ip }: Pick<FlowEvent, 'user_id' | 'src_ip'>): string {
  return user_id === '' ? src_ip : user_id;
}

/** The server that it was about: for a model API, the servers it was told of. */
export function whereOf({
  server_key,
  dst_host,
  mcp_servers,
  traffic,
}: Pick<FlowEvent, 'server_key' | 'dst_host' | 'mcp_servers' | 'traffic'>): string {
  const [first] = mcp_servers;
  if ((traffic === 'hosted' || traffic === 'attached') && first !== undefined) {
    const more = mcp_servers.length > 1 ? ` +${mcp_servers.length - 1}` : '';
    return `${withoutScheme(first)}${more} via ${dst_host}`;
  }
  return withoutScheme(server_key === '' ? dst_host : server_key);
}

/** MCP method and its object, or the HTTP request. */
export function whatOf(
  event: Pick<FlowEvent, 'mcp_method' | 'mcp_tool' | 'mcp_resource' | 'mcp_prompt' | 'http_method' | 'path'>,
): string {
  const object = event.mcp_tool || event.mcp_resource || event.mcp_prompt;
  if (event.mcp_method === '') return `${event.http_method} ${event.path}`;
  return object === '' ? event.mcp_method : `${event.mcp_method}  ${object}`;
}

function withoutScheme(url: string): string {
  return url.replace(/^https:\/\//, '');
}
