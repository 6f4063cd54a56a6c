// How risky the use of a server looks, and why. A heuristic for the order in which people look, told with its reasons; it decides nothing.

import { splitUrl } from '../engine/url.ts';
import type { ServerRow } from './api/options.ts';
import type { Server, ServerState } from './api/shapes.ts';

export function riskOf(server: ServerRow, state: ServerState): Server['risk'] {
  const { serverKey, authentication, highFindings, findings } = server;
  const isUrl = /^https?:\/\//.test(serverKey);
  const { scheme, host } = isUrl ? splitUrl(serverKey) : { scheme: '', host: '' };
  const found: [points: number, reason: string | false][] = [
    [3, highFindings > 0 && `${counted(highFindings, 'high finding')} about its tools`],
    [1, findings > highFindings && `${counted(findings - highFindings, 'finding')} about its tools`],
    [2, scheme === 'http' && 'reached without TLS'],
    [1, (host.includes(':') || /^[\d.]+$/.test(host)) && 'reached by address: no certificate names it'],
    [2, authentication.includes('key-in-url') && 'takes a key in the URL, where it ends up in logs'],
    [1, authentication.includes('none') && 'answers without authentication'],
    [1, state !== 'approved' && state !== 'blocked' && 'nobody approved it'],
    [1, state !== 'approved' && server.users >= MANY && `${server.users} people use it`],
    [1, server.traffic.includes('hosted') && 'called from the cloud of a model vendor: what passes there is not seen here'],
    [1, server.traffic.includes('attached') && 'attached to clients, perhaps as a local program: only its name is known here'],
  ];
  const reasons = found.filter((entry): entry is [number, string] => entry[1] !== false);
  const points = reasons.reduce((sum, [each]) => sum + each, 0);
  return { level: points >= 4 ? 'high' : points >= 2 ? 'medium' : 'low', reasons: reasons.map(([, reason]) => reason) };
}

const MANY = 10;

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
