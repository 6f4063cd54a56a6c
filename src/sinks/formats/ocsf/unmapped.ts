// What OCSF has no attribute for, by its name in OpenTelemetry (semantic conventions for MCP and generative AI, status Development) where
// there is one, else by the name of the column (docs/reference/events.md).

import type { Event } from '../../../engine/event.ts';
import { restOf } from '../columns.ts';

const OTEL: Readonly<Record<string, string>> = {
  mcp_method: 'mcp.method.name',
  mcp_session_id: 'mcp.session.id',
  mcp_resource: 'mcp.resource.uri',
  mcp_generation: 'mcp.protocol.version',
  mcp_tool: 'gen_ai.tool.name',
  mcp_prompt: 'gen_ai.prompt.name',
  model: 'gen_ai.response.model',
  model_requested: 'gen_ai.request.model',
  input_tokens: 'gen_ai.usage.input_tokens',
  output_tokens: 'gen_ai.usage.output_tokens',
};

/** The columns of an event that hold something and that no attribute shows; undefined if there are none. */
export function unmappedOf(event: Event, shown: ReadonlySet<string>): Record<string, unknown> | undefined {
  const rest = restOf(event, shown);
  return rest && Object.fromEntries(Object.entries(rest).map(([column, value]) => [OTEL[column] ?? column, value]));
}
