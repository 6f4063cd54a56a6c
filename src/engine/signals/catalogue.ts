// Every signal that Daylight can raise: what it means, how much it weighs, and where that is written.
//
// The first word of an id says what the signal speaks for: `mcp` a session with an MCP server, `discovery` the steps before
// one, `install` the fetch of a local server, `llm.hosted` and `llm.attached` a model API call that involves MCP servers,
// `not` a look-alike. Weights are combined in score.ts. Rules name signals by these ids; an id is never reused for another
// meaning.

/** `decisive` suffices alone, `strong` needs a second sign, `weak` only raises attention. */
export type Weight = 'decisive' | 'strong' | 'weak';

/** What a signal speaks for. */
export type SignalKind = 'mcp' | 'discovery' | 'install' | 'hosted' | 'attached' | 'not';

export interface SignalEntry {
  weight: Weight;
  meaning: string;
  /** Specification section, or the software whose behaviour was observed. */
  source: string;
}

export const SIGNALS = {
  // Headers of the request.
  'mcp.header.session-id': {
    weight: 'decisive',
    meaning: 'The request carries Mcp-Session-Id.',
    source: 'MCP 2025-03-26 to 2025-11-25, transports, session management',
  },
  'mcp.header.protocol-version': {
    weight: 'decisive',
    meaning: 'The request carries MCP-Protocol-Version with a date.',
    source: 'MCP 2025-06-18 and later, transports, protocol version header',
  },
  'mcp.header.method': {
    weight: 'decisive',
    meaning: 'The request carries Mcp-Method.',
    source: 'MCP 2026-07-28, transports, standard request headers',
  },
  'mcp.header.name': {
    weight: 'decisive',
    meaning: 'The request carries Mcp-Name.',
    source: 'MCP 2026-07-28, transports, standard request headers',
  },
  'mcp.header.param': {
    weight: 'decisive',
    meaning: 'The request carries a tool argument mirrored as Mcp-Param-*.',
    source: 'MCP 2026-07-28, tools, x-mcp-header',
  },
  'mcp.header.malformed': {
    weight: 'strong',
    meaning: 'MCP-Protocol-Version is present, but its value is no date.',
    source: 'MCP 2025-06-18, transports, protocol version header',
  },
  'mcp.preflight': {
    weight: 'decisive',
    meaning: 'A browser asks by CORS preflight to send an MCP header.',
    source: 'Fetch standard, CORS-preflight; MCP header names',
  },
  'mcp.accept': {
    weight: 'weak',
    meaning: 'A JSON-RPC POST accepts both application/json and text/event-stream.',
    source: 'MCP 2025-03-26 and later, transports, sending messages',
  },
  'mcp.client.user-agent': {
    weight: 'strong',
    meaning: 'The User-Agent is one that only an MCP client library sends.',
    source: 'User-Agent of Codex, OpenAI, Slack and other MCP clients',
  },
  'mcp.client.agent': {
    weight: 'weak',
    meaning: 'A JSON-RPC POST comes from an application known to contain an MCP client.',
    source: 'User-Agent of Claude Code, AI SDK, opencode and others',
  },

  // Header and body disagree, or something is bent to mislead an inspector.
  'mcp.mismatch.version': {
    weight: 'strong',
    meaning: 'MCP-Protocol-Version differs from the version in the body.',
    source: 'MCP 2026-07-28, error -32020 HeaderMismatch',
  },
  'mcp.mismatch.method': {
    weight: 'strong',
    meaning: 'Mcp-Method differs from the method in the body.',
    source: 'MCP 2026-07-28, error -32020 HeaderMismatch',
  },
  'mcp.mismatch.name': {
    weight: 'strong',
    meaning: 'Mcp-Name differs from the tool, prompt, resource or task in the body.',
    source: 'MCP 2026-07-28, error -32020 HeaderMismatch',
  },
  'mcp.evasion.duplicate-key': {
    weight: 'weak',
    meaning: 'A JSON-RPC message names the same member twice.',
    source: 'RFC 8259 section 4',
  },
  'mcp.evasion.escaped': {
    weight: 'weak',
    meaning: 'Member names or the method of a JSON-RPC message are written with needless escapes.',
    source: 'RFC 8259 section 7',
  },
  'mcp.evasion.content-type': {
    weight: 'weak',
    meaning: 'A JSON-RPC message travels under a content type that is not JSON.',
    source: 'MCP 2025-03-26 and later, transports, sending messages',
  },
  'mcp.opaque': {
    weight: 'weak',
    meaning: 'The body of a request to a place that looks like MCP cannot be read.',
    source: 'RFC 9110 section 8.4',
  },
  'mcp.envelope': {
    weight: 'strong',
    meaning: 'A member of a JSON POST holds an MCP message in base64.',
    source: 'relayed MCP messages',
  },

  // The JSON-RPC message of the request (POST body or WebSocket message).
  'mcp.body.initialize': {
    weight: 'decisive',
    meaning: 'JSON-RPC initialize with a dated protocolVersion, capabilities and clientInfo.',
    source: 'MCP 2024-11-05 to 2025-11-25, lifecycle',
  },
  'mcp.body.meta': {
    weight: 'decisive',
    meaning: 'A JSON-RPC message has _meta members under io.modelcontextprotocol/.',
    source: 'MCP 2026-07-28, base protocol, _meta',
  },
  'mcp.body.method': {
    weight: 'decisive',
    meaning: 'A JSON-RPC method of MCP with the parameters that MCP gives it.',
    source: 'MCP schema, all revisions',
  },
  'mcp.body.generic': {
    weight: 'strong',
    meaning: 'A JSON-RPC method of MCP whose name and parameters another service could use as well.',
    source: 'MCP schema, all revisions',
  },
  'mcp.body.ping': {
    weight: 'weak',
    meaning: 'A bare JSON-RPC ping to a place that looks like MCP.',
    source: 'MCP 2024-11-05 to 2025-11-25, ping',
  },
  'mcp.body.result': {
    weight: 'strong',
    meaning: 'The client posts the answer to a question that only MCP servers ask (roots, sampling, elicitation).',
    source: 'MCP 2024-11-05 to 2025-11-25, client features',
  },
  'mcp.body.unconfirmed': {
    weight: 'weak',
    meaning: 'The request body is an MCP message, but the answer is not that of an MCP server.',
    source: 'an MCP message stored as a document',
  },

  // The answer.
  'mcp.response-header.session-id': {
    weight: 'decisive',
    meaning: 'The server gives out Mcp-Session-Id.',
    source: 'MCP 2025-03-26 to 2025-11-25, session management',
  },
  'mcp.response-header.cors': {
    weight: 'strong',
    meaning: 'The server names MCP headers in its CORS headers.',
    source: 'CORS settings of MCP servers',
  },
  'mcp.response-header.challenge': {
    weight: 'strong',
    meaning: 'A JSON-RPC POST is answered 401 with resource_metadata.',
    source: 'MCP 2025-06-18 and later, authorization; RFC 9728 section 5.1',
  },
  'mcp.answer.initialize': {
    weight: 'decisive',
    meaning: 'JSON-RPC result with protocolVersion, capabilities and serverInfo.',
    source: 'MCP 2024-11-05 to 2025-11-25, lifecycle',
  },
  'mcp.answer.discover': {
    weight: 'decisive',
    meaning: 'JSON-RPC result with supportedVersions and capabilities.',
    source: 'MCP 2026-07-28, server/discover',
  },
  'mcp.answer.meta': {
    weight: 'decisive',
    meaning: 'The answer has _meta members under io.modelcontextprotocol/.',
    source: 'MCP 2026-07-28, base protocol, _meta',
  },
  'mcp.answer.tools': {
    weight: 'decisive',
    meaning: 'JSON-RPC result with tools that each have an inputSchema.',
    source: 'MCP schema, ListToolsResult',
  },
  'mcp.answer.list': {
    weight: 'strong',
    meaning: 'JSON-RPC result that lists resources, resource templates, prompts or contents the MCP way.',
    source: 'MCP schema, list results',
  },
  'mcp.answer.content': {
    weight: 'strong',
    meaning: 'JSON-RPC result with typed content, as from tools/call.',
    source: 'MCP schema, CallToolResult',
  },
  'mcp.answer.input-required': {
    weight: 'decisive',
    meaning: 'JSON-RPC result that asks the client for input (resultType input_required).',
    source: 'MCP 2026-07-28, multi round-trip requests',
  },
  'mcp.answer.error': {
    weight: 'decisive',
    meaning: 'JSON-RPC error with a code that only MCP defines (-32020 to -32022).',
    source: 'MCP 2026-07-28, error codes',
  },
  'mcp.answer.request': {
    weight: 'decisive',
    meaning: 'The server sends a request or notification that only MCP servers send.',
    source: 'MCP schema, ServerRequest and ServerNotification',
  },
  'mcp.answer.generic': {
    weight: 'strong',
    meaning: 'The server sends an MCP method whose shape another service could use as well.',
    source: 'MCP schema, ServerRequest and ServerNotification',
  },
  'mcp.answer.accepted': {
    weight: 'strong',
    meaning: 'A JSON-RPC request of MCP is accepted with 202: its answer comes elsewhere.',
    source: 'MCP 2024-11-05, transports, HTTP with SSE',
  },
  'mcp.sse.endpoint': {
    weight: 'decisive',
    meaning: 'The first named event of an event stream is `endpoint` with a bare URL.',
    source: 'MCP 2024-11-05, transports, HTTP with SSE',
  },
  'mcp.grpc': {
    weight: 'strong',
    meaning: 'A gRPC call goes to a package named mcp.',
    source: 'gRPC transports proposed for MCP (SEP-1352)',
  },
  'mcp.websocket.subprotocol': {
    weight: 'decisive',
    meaning: 'The WebSocket offers or accepts subprotocol mcp.',
    source: 'MCP SDK 1.x WebSocket client',
  },

  // Context.
  'mcp.learned': {
    weight: 'strong',
    meaning: 'This origin and path spoke MCP before.',
    source: 'memory of servers',
  },
  'mcp.learned.fits': {
    weight: 'strong',
    meaning: 'The request is one that an MCP client makes to such a server: POST of JSON, GET of an event stream, or DELETE.',
    source: 'MCP 2024-11-05 to 2025-11-25, transports',
  },
  'mcp.path': {
    weight: 'weak',
    meaning: 'The path is one that MCP servers commonly use.',
    source: 'paths of public MCP servers',
  },
  'mcp.host': {
    weight: 'weak',
    meaning: 'A label of the host name is mcp.',
    source: 'hosts of public MCP servers',
  },
  'mcp.tunnel-host': {
    weight: 'weak',
    meaning: 'A JSON-RPC POST goes to a host of a service that exposes local servers.',
    source: 'ngrok, Cloudflare quick tunnels, Microsoft dev tunnels, Tailscale Funnel',
  },
  'mcp.tunnel.vendor': {
    weight: 'decisive',
    meaning: 'An MCP server inside the network is being offered to a model vendor through a tunnel.',
    source: 'OpenAI tunnel-client, Anthropic MCP tunnels',
  },

  // Steps before a session.
  'discovery.version-header': {
    weight: 'decisive',
    meaning: 'OAuth metadata or tokens are asked for with MCP-Protocol-Version.',
    source: 'MCP 2025-03-26 and later, authorization, metadata discovery',
  },
  'discovery.preflight': {
    weight: 'decisive',
    meaning: 'A browser asks by CORS preflight to send MCP-Protocol-Version to a metadata address.',
    source: 'MCP 2025-03-26 and later, authorization, metadata discovery',
  },
  'discovery.metadata-path': {
    weight: 'decisive',
    meaning: 'OAuth metadata is asked for on behalf of a path ending in mcp (for one ending in sse: strong).',
    source: 'RFC 9728 section 3.1, RFC 8414 section 3.1',
  },
  'discovery.metadata-answer': {
    weight: 'decisive',
    meaning: 'The OAuth metadata names a resource ending in mcp (for one ending in sse, or a scope of MCP: strong).',
    source: 'RFC 9728 section 3.2',
  },
  'discovery.resource': {
    weight: 'decisive',
    meaning: 'A token is asked for a resource whose path ends in mcp (for one ending in sse: strong).',
    source: 'MCP 2025-06-18 and later, authorization; RFC 8707',
  },
  'discovery.scope': {
    weight: 'strong',
    meaning: 'A scope of MCP is asked for.',
    source: 'MCP 2025-11-25, authorization, scope selection',
  },
  'discovery.client': {
    weight: 'decisive',
    meaning: 'A program that is nothing but an MCP client registers itself.',
    source: 'RFC 7591; names and identifiers of mcp-remote, mcporter and others',
  },
  'discovery.client-name': {
    weight: 'strong',
    meaning: 'A client with the word MCP in its name, or the name of an application with an MCP client, registers itself.',
    source: 'RFC 7591',
  },
  'discovery.registry': {
    weight: 'decisive',
    meaning: 'A registry of MCP servers is read, and its answer lists server packages or remotes.',
    source: 'MCP registry API v0 and v0.1',
  },
  'discovery.registry-path': {
    weight: 'strong',
    meaning: 'The path is that of the MCP registry API.',
    source: 'MCP registry API v0 and v0.1',
  },
  'discovery.server-card': {
    weight: 'decisive',
    meaning: 'An MCP server card is asked for or delivered.',
    source: 'SEP-2127, application/mcp-server-card+json',
  },
  'discovery.well-known': {
    weight: 'weak',
    meaning: 'A well-known address for MCP servers or AI catalogues is asked for.',
    source: '/.well-known/mcp.json, /.well-known/ai-catalog.json',
  },

  // Local servers being fetched.
  'install.npm': {
    weight: 'decisive',
    meaning: 'An npm client fetches a package named as MCP servers are.',
    source: 'npm registry API',
  },
  'install.pypi': {
    weight: 'decisive',
    meaning: 'A Python installer fetches a project named as MCP servers are.',
    source: 'PEP 503, PEP 691',
  },
  'install.oci': {
    weight: 'decisive',
    meaning: 'A container client pulls an image named as MCP servers are.',
    source: 'OCI distribution specification',
  },
  'install.bundle': {
    weight: 'decisive',
    meaning: 'An MCP bundle (.mcpb, .dxt) is downloaded.',
    source: 'MCPB bundle format',
  },
  'install.sdk': {
    weight: 'weak',
    meaning: 'A package for building MCP software is fetched.',
    source: 'MCP SDK packages',
  },

  // Model APIs: the vendor calls the server.
  'llm.hosted.tool': {
    weight: 'decisive',
    meaning: 'A model API is asked to call an MCP server (tool of type mcp or mcp_server).',
    source: 'OpenAI Responses and Realtime, Groq, xAI, Gemini interactions',
  },
  'llm.hosted.servers': {
    weight: 'decisive',
    meaning: 'A model API is given a list of MCP servers (mcp_servers, mcpServers).',
    source: 'Anthropic Messages and agents, Gemini generateContent',
  },
  'llm.hosted.toolset': {
    weight: 'decisive',
    meaning: 'A model API is given a tool of type mcp_toolset.',
    source: 'Anthropic Messages 2025-11-20 and later',
  },
  'llm.hosted.connector': {
    weight: 'decisive',
    meaning: 'A connector to an MCP server is created or used at a model vendor.',
    source: 'Mistral connectors',
  },
  'llm.hosted.approval': {
    weight: 'decisive',
    meaning: 'A call that a hosted MCP server asked for is approved.',
    source: 'OpenAI Responses, mcp_approval_response',
  },
  'llm.hosted.history': {
    weight: 'decisive',
    meaning: 'The conversation sent to a model API holds calls of hosted MCP servers.',
    source: 'OpenAI Responses, Anthropic Messages',
  },
  'llm.hosted.answer': {
    weight: 'decisive',
    meaning: 'A model API reports that it called or listed an MCP server.',
    source: 'OpenAI mcp_call, Anthropic mcp_tool_use, Gemini mcp_server_tool_call',
  },
  'llm.hosted.beta': {
    weight: 'weak',
    meaning: 'The request turns on the MCP client of a model API.',
    source: 'Anthropic beta header mcp-client-*',
  },

  // Model APIs: the client has servers attached.
  'llm.attached.tool': {
    weight: 'decisive',
    meaning: 'A tool offered to the model is named mcp__server__tool or mcp_server_tool.',
    source: 'Claude Code, Codex, Qwen Code, Gemini CLI',
  },
  'llm.attached.list': {
    weight: 'decisive',
    meaning: 'The list of deferred tools or servers in the prompt of an agent names MCP tools.',
    source: 'Claude Code deferred tools, Qwen Code server list',
  },
  'llm.attached.resources': {
    weight: 'decisive',
    meaning: 'A tool offered to the model lists the resources of MCP servers.',
    source: 'Codex, opencode, Claude Code',
  },
  'llm.attached.read-resource': {
    weight: 'weak',
    meaning: 'A tool offered to the model reads a resource of an MCP server.',
    source: 'Qwen Code offers it without any server',
  },
  'llm.attached.session': {
    weight: 'strong',
    meaning: 'An editor hands MCP servers to an agent (mcpServers of session/new), or carries their messages (mcp/*).',
    source: 'Agent Client Protocol, session setup',
  },

  // Look-alikes.
  'not.a2a': { weight: 'strong', meaning: 'The message is one of Agent2Agent.', source: 'A2A 0.3 and 1.0' },
  'not.acp': { weight: 'strong', meaning: 'The message is one of the Agent Client Protocol.', source: 'ACP, initialization' },
  'not.lsp': {
    weight: 'strong',
    meaning: 'The message is one of the Language, Build or Debug Server Protocol.',
    source: 'LSP 3.17, BSP 2.1',
  },
  'not.answer': {
    weight: 'strong',
    meaning: 'The answer to a JSON-RPC request is not JSON-RPC.',
    source: 'JSON-RPC 2.0 section 5',
  },
  'not.content-type': {
    weight: 'strong',
    meaning: 'The body is declared to be a document of another application.',
    source: 'RFC 6838 vendor tree',
  },
} as const satisfies Record<string, SignalEntry>;

export type SignalId = keyof typeof SIGNALS;

/** Whether a string is the id of a signal. Rules are checked with it when they are loaded. */
export function isSignalId(id: string): id is SignalId {
  return Object.hasOwn(SIGNALS, id);
}

/** What a signal speaks for, by the first words of its id. */
export function kindOf(id: string): SignalKind {
  if (id.startsWith('mcp.')) return 'mcp';
  if (id.startsWith('llm.hosted.')) return 'hosted';
  if (id.startsWith('llm.attached.')) return 'attached';
  if (id.startsWith('discovery.')) return 'discovery';
  if (id.startsWith('install.')) return 'install';
  return 'not';
}
