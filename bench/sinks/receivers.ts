// Receivers for the figures of sinks, in a thread of their own: they answer as their kind does when all is well, and count the bytes.
//
// Posts `{ http, tcp, tls, udp, kafka }` (ports) when it listens. `{ up: boolean }` makes HTTP answer 503 or as usual. Syslog over TLS and
// Kafka show the certificate of `workerData`; the broker is the strict one of the tests, which unpacks and checks every batch.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';
import { startKafkaReceiver } from '../../test/e2e/receivers/kafka-receiver.ts';
import type { Issued } from '../certificates.ts';

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
const { certificate: cert, key } = workerData as Issued;
const tls = createTlsServer({ cert, key }, (socket) => socket.on('error', () => {}).resume());
const tcp = createServer((socket) => socket.on('error', () => {}).resume());
const udp = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 ** 2 });

for (const server of [http, tcp, tls]) await once(server.listen(0, '127.0.0.1'), 'listening');
await once(udp.bind(0, '127.0.0.1'), 'listening');
const kafka = await startKafkaReceiver({ topic: 'bench', tls: { cert, key } });
const port = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
parentPort?.postMessage({ http: port(http), tcp: port(tcp), tls: port(tls), udp: port(udp), kafka: kafka.port });

parentPort?.on('message', (message: { up: boolean }) => {
  ({ up } = message);
});
