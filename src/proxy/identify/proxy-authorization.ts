// Reads Proxy-Authorization: Basic with a proxy token as the password (RFC 7617, RFC 9110 section 11.7.1).
//
// The token alone counts. Clients differ in how they encode the name before it, so the name may be any, or none; some put everything
// into the name and leave the password empty, which is taken as well.

import { proxyTokenId } from '../../proxy-token.ts';

/** What the field said: a text with the shape of a token, or why it is none. */
export type Offered = { token: string; id: string; problem?: undefined } | { token?: undefined; problem: string };

/** Far above any real name and token. */
const MAX_LENGTH = 1_024;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/** @param value of the field, as it came */
export function readProxyAuthorization(value: string): Offered {
  if (value.length > MAX_LENGTH) return { problem: `Proxy-Authorization has more than ${MAX_LENGTH} characters.` };
  const encoded = BASIC.exec(value.trim())?.[1];
  if (encoded === undefined) {
    return {
      problem: /^basic(\s|$)/i.test(value.trim())
        ? 'What follows Basic in Proxy-Authorization is not base64.'
        : 'Proxy-Authorization must be of the scheme Basic.',
    };
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return { problem: 'Proxy-Authorization holds no colon between name and token.' };
  return readCredentials(text.slice(0, colon), text.slice(colon + 1));
}

/** The same for a name and a password that came apart, as SOCKS has them. */
export function readCredentials(name: string, password: string): Offered {
  const token = password === '' ? name : password;
  const id = proxyTokenId(token);
  if (id === undefined) return { problem: 'The password is not a proxy token of Daylight, or a part of it is missing.' };
  return { token, id };
}
