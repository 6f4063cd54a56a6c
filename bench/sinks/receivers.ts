// Receivers for the figures of sinks, in a thread of their own: they answer as their kind does when all is well, and count the bytes.
//
// Posts `{ http, tcp, udp }` (ports) when it listens. `{ up: boolean }` makes HTTP answer 503 or as usual.

import { createSocket } from 'node:dgram';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';

const ANSWERS: readonly [RegExp, string][] = [
  [/^\/services\/collector/, '{"text":"Success","code":0}'],
  [/\/_bulk(\?|$)/, '{"took":1,"errors":false,"items":[]}'],
  [/oauth2\/v2\.0\/token$/, '{"token_type":"Bearer","expires_in":3599,"access_token":"bench"}'],
  [/^\/v1\/logs/, '{}'],
];

let up = true;

const http = createHttpServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const answer = ANSWERS.find(([path]) => path.test(request.url ?? ''))?.[1] ?? '';
    if (!up) response.writeHead(503).end();
    else if (/^\/dataCollectionRules\//.test(request.url ?? '')) response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': 'application/json', etag: '"bench"' }).end(answer);
  });
});
const tcp = createServer((socket) => socket.on('error', () => {}).resume());
const udp = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 ** 2 });

http.listen(0, '127.0.0.1', () => {
  tcp.listen(0, '127.0.0.1', () => {
    udp.bind(0, '127.0.0.1', () => {
      const port = (address: unknown) => (address as AddressInfo).port;
      parentPort?.postMessage({ http: port(http.address()), tcp: port(tcp.address()), udp: udp.address().port });
    });
  });
});

parentPort?.on('message', (message: { up: boolean }) => {
  ({ up } = message);
});
