// The health check of the image: exit status 0 when the console of this container says that clients can be sent here (/readyz).
//
// It asks over HTTPS, then over HTTP: which of them the console speaks is the operator's choice. The certificate is not
// verified: nobody is between a container and itself, and the operator may bring any.

import { get as getPlain } from 'node:http';
import { get as getTls } from 'node:https';

const PATIENCE_MS = 2_000;

const port = process.env.DAYLIGHT_CONSOLE_LISTEN?.split(':').at(-1) ?? '8081';

function isReady(scheme: 'http' | 'https'): Promise<boolean> {
  const options = { timeout: PATIENCE_MS, rejectUnauthorized: false };
  const get = scheme === 'https' ? getTls : getPlain;
  return new Promise((answer) => {
    const request = get(`${scheme}://127.0.0.1:${port}/readyz`, options, (response) => {
      response.resume();
      answer(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => answer(false));
  });
}

process.exit((await isReady('https')) || (await isReady('http')) ? 0 : 1);
