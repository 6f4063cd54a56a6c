// Whether Daylight could look into an exchange, and if not, why.
//
//   covered      decrypted: the client trusts the CA
//   plain        http:// without TLS; says nothing about trust
//   refused      the client broke off the TLS handshake with Daylight: it does not trust the CA, or pins certificates
//   passthrough  on the list of hosts that are not decrypted
//   opaque       the tunnel carried something that is not HTTP
//
// A connection that failed for another reason says nothing about the client.

import type { HttpFlowEvent } from '../event.ts';

export type Coverage = 'covered' | 'plain' | 'refused' | 'passthrough' | 'opaque';

export function coverageOf({ inspected, url, error }: Pick<HttpFlowEvent, 'inspected' | 'url' | 'error'>): Coverage | undefined {
  if (error.startsWith('ERR_CLIENT_TLS')) return 'refused';
  if (inspected === 'passthrough') return 'passthrough';
  if (inspected === 'opaque') return error === '' ? 'opaque' : undefined;
  return url.startsWith('http:') || url.startsWith('ws:') ? 'plain' : 'covered';
}
