-- How the client proved who it is to an MCP server: Authentication in src/engine/inventory/authentication.ts.
ALTER TABLE {db}.http_flow {on_cluster} ADD COLUMN IF NOT EXISTS mcp_auth LowCardinality(String) AFTER mcp_servers
