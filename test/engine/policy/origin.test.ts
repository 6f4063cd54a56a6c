import { describe, expect, it } from 'vitest';
import { covers, placeOf } from '../../../src/engine/policy/origin.ts';

const covered = (prefix: string, url: string): boolean => covers(placeOf(prefix), placeOf(url));

describe('a server URL in policy', () => {
  it.each([
    ['https://mcp.corp.example', 'https://mcp.corp.example/anything?x=1#y'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp/'],
    ['https://mcp.corp.example/mcp/', 'https://mcp.corp.example/mcp'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp/tools/1'],
    ['https://mcp.corp.example/mcp', 'https://MCP.Corp.Example.:443/mcp'],
    ['HTTPS://MCP.corp.example:443/mcp', 'https://mcp.corp.example/mcp?session=1'],
    ['https://mcp.corp.example/mcp', 'wss://mcp.corp.example/mcp'],
    ['http://mcp.corp.example:80/mcp', 'ws://mcp.corp.example/mcp'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/x/../mcp/./y'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/%6Dcp'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example//mcp'],
    ['https://[2001:DB8::1]:8443/mcp', 'https://[2001:db8:0::1]:8443/mcp'],
    ['https://bücher.example/mcp', 'https://xn--bcher-kva.example/mcp'],
    ['https://mcp.corp.example', 'https://mcp.corp.example/a%2Fb'],
    ['name:connector_gmail', 'connector_gmail'],
    // A key in the path is compared in its redacted form.
    ['https://h.example/{redacted}/mcp', 'https://h.example/fc-0123456789abcdef0123456789abcdef/mcp'],
  ])('%s covers %s', (prefix, url) => {
    expect(covered(prefix, url)).toBe(true);
  });

  it.each([
    ['https://mcp.corp.example', 'https://mcp.corp.example.evil.com/'],
    ['https://mcp.corp.example', 'https://evil.com/mcp.corp.example'],
    ['https://mcp.corp.example', 'https://mcp.corp.example@evil.com/'],
    ['https://mcp.corp.example', 'https://xmcp.corp.example/'],
    ['https://mcp.corp.example', 'http://mcp.corp.example/'],
    ['https://mcp.corp.example', 'https://mcp.corp.example:8443/'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcpx'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp-admin'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/MCP'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp/../admin'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp/%2e%2e/admin'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp/%2E./admin'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp/..%2fadmin'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp\\..\\admin'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp/..;/admin'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp/%2e%2e%3b/admin'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp/;/../admin'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/x//../mcp'],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/?/mcp'],
    ['https://mcp.corp.example/mcp', `https://mcp.corp.example/mcp/${'a/'.repeat(200)}${'../'.repeat(202)}admin`],
    ['https://mcp.corp.example/mcp', 'https://mcp.corp.example/mcp/0123456789abcdef0123456789abcdef..%2f..%2f..%2fadmin'],
    ['name:connector_gmail', 'https://connector_gmail/'],
  ])('%s does not cover %s', (prefix, url) => {
    expect(covered(prefix, url)).toBe(false);
  });
});
