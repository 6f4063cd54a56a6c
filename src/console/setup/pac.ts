// The proxy auto-configuration file: a JavaScript function that browsers run for every URL. In this order:
//
//   daylight.internal     through the proxy, or nobody could read the setup page and ask for approval
//   names without a dot   direct, as are the loopback addresses
//   the configured list   direct; networks are compared with addresses in URLs, names are never resolved for it
//   everything else       through the proxy, then as `failover` says
//
// Functions and their meaning: Netscape "Navigator Proxy Auto-Config File Format", as browsers keep it. `isInNetEx` is Microsoft's
// and Chromium's for IPv6; where it is missing, IPv6 networks go through the proxy.

import { isIP } from 'node:net';
import { OWN_HOST } from '../../ask-token.ts';
import type { Onboarding } from '../../config/onboarding.ts';

export const PAC_TYPE = 'application/x-ns-proxy-autoconfig';

/** @param proxyUrl address of the proxy, without final slash */
export function writePac(proxyUrl: string, { direct, failover }: Onboarding['pac']): string {
  const others = failover === 'none' ? [] : failover === 'direct' ? ['DIRECT'] : failover.map(directive);
  const route = [directive(proxyUrl), ...others].join('; ');
  return `// Written by Daylight from \`onboarding.pac\`.
function FindProxyForURL(url, host) {
  var proxy = ${script(route)};
  host = host.toLowerCase();
  if (host === ${script(OWN_HOST)}) return proxy;
  var address = /^[0-9.]+$/.test(host) || host.indexOf(":") >= 0;
  if (isPlainHostName(host) && !address) return "DIRECT";
  if (address && (host === "::1" || isInNet(host, "127.0.0.0", "255.0.0.0"))) return "DIRECT";
${direct.map((each) => `  if (${condition(each)}) return "DIRECT";\n`).join('')}  return proxy;
}
`;
}

/** `PROXY host:port`, `HTTPS host:port` for a proxy that is spoken to in TLS. */
function directive(proxyUrl: string): string {
  const [scheme, place] = proxyUrl.split('://');
  return `${scheme === 'https' ? 'HTTPS' : 'PROXY'} ${place}`;
}

function condition(direct: string): string {
  const name = direct.toLowerCase();
  const [address = '', bits] = name.split('/');
  const family = isIP(address);
  if (family === 6)
    return `address && typeof isInNetEx === "function" && isInNetEx(host, ${script(`${address}/${bits ?? 128}`)})`;
  if (family === 4) return `address && isInNet(host, ${script(address)}, ${script(mask(Number(bits ?? 32)))})`;
  return name.startsWith('*.') ? `dnsDomainIs(host, ${script(name.slice(1))})` : `host === ${script(name)}`;
}

/** `255.255.0.0` for 16. */
function mask(bits: number): string {
  return [0, 8, 16, 24].map((at) => 256 - 2 ** (8 - Math.max(0, Math.min(8, bits - at)))).join('.');
}

/** A JavaScript string, safe whatever it holds. */
function script(text: string): string {
  return JSON.stringify(text).replace(/[<>\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
