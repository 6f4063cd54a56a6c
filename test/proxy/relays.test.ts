import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';
import { loadRelays } from '../../src/proxy/relays.ts';

const dir = mkdtempSync(join(tmpdir(), 'daylight-relays-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('tunnel services', () => {
  const relayOf = loadRelays(join(INSTALL_DIR, 'rules/relays.yml'));
  it.each([
    ['x.ngrok.app', 'ngrok'],
    ['connect.us.ngrok-agent.com', 'ngrok'],
    ['random-words.trycloudflare.com', 'cloudflared'],
    ['region1.v2.argotunnel.com', 'cloudflared'],
    ['derp1.tailscale.com', 'tailscale'],
    ['box.tail1234.ts.net', 'tailscale funnel'],
    ['abc-3000.euw.devtunnels.ms', 'dev tunnels'],
    ['x.loca.lt', 'localtunnel'],
    ['bore.pub', 'bore'],
  ])('%s is %s', (host, name) => {
    expect(relayOf(host)).toBe(name);
  });
  it.each(['ngrok.example', 'notngrok.app', 'example.com', 'localhost'])('%s is none', (host) => {
    expect(relayOf(host)).toBeUndefined();
  });
  it('are refused with the line of what is wrong', () => {
    const file = join(dir, 'relays.yml');
    writeFileSync(file, "compiled: '2026-11-20'\nrelays:\n  - host: http://x\n    name: x\n    source: nowhere\n");
    expect(() => loadRelays(file)).toThrow(/relays\.yml:3: .*host or \*\.suffix[\s\S]*relays\.yml:5: /);
  });
});
