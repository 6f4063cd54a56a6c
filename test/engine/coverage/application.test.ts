import { describe, expect, it } from 'vitest';
import { applicationOf } from '../../../src/engine/coverage/application.ts';

describe('the program that a User-Agent names', () => {
  it.each([
    ['', ''],
    ['curl/8.5.0', 'curl'],
    ['Python-urllib/3.11', 'Python urllib'],
    ['python-requests/2.31.0', 'Python requests'],
    ['python-httpx/0.27.0', 'Python httpx'],
    ['Python/3.12 aiohttp/3.9.1', 'Python aiohttp'],
    ['node', 'Node'],
    ['undici', 'Node'],
    ['npm/11.0.0 node/v24.1.0 linux x64 workspaces/false', 'npm'],
    ['Java-http-client/17.0.15', 'Java'],
    ['Java/17.0.15', 'Java'],
    ['Go-http-client/1.1', 'Go'],
    ['git/2.39.5', 'Git'],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36', 'Chrome'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0',
      'Edge',
    ],
    ['Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15', 'Safari'],
    ['Mozilla/5.0 (X11) Gecko/20100101 Firefox/133.0', 'Firefox'],
    ['Mozilla/5.0 (Macintosh) AppleWebKit/537.36 Code/1.95.0 Chrome/128.0 Electron/32.2.1 Safari/537.36', 'VS Code'],
    ['Mozilla/5.0 (Macintosh) AppleWebKit/537.36 Claude/0.7 Chrome/128.0 Electron/32.2.1 Safari/537.36', 'Claude desktop'],
    ['claude-cli/2.0.1 (external, cli)', 'Claude Code'],
    ['Mozilla/5.0 (Macintosh) Acme/2 Chrome/128.0 Electron/32.2.1 Safari/537.36', 'Electron application'],
    ['acme-sync/1.2.3', 'acme-sync'],
    ['acme.sync', 'acme.sync'],
    ['Mozilla/5.0', 'other'],
    ['<script>alert(1)</script>', 'other'],
    ['=cmd()|calc', 'other'],
    [`${'a'.repeat(100)}/1`, 'other'],
    ['\u202etxt.exe/1', 'other'],
  ])('%s: %s', (userAgent, name) => {
    expect(applicationOf(userAgent)).toBe(name);
  });
});
