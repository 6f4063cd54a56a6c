// s3rver, a store for S3's calls, behind a door that checks signatures: s3rver itself takes any of version 4.

import { request as requestPlain } from 'node:http';
import type { AddressInfo } from 'node:net';
import S3rver from 's3rver';
import { type HttpReceiver, startHttpReceiver } from './http-receiver.ts';
import { checkSignature } from './signature-v4.ts';

/** The account that s3rver knows. */
export const S3_KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', region: 'eu-central-1' };

export async function startS3Receiver(options: {
  dir: string;
  bucket: string;
  tls?: { cert: string; key: string };
}): Promise<HttpReceiver> {
  const store = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: options.dir,
    vhostBuckets: false,
    configureBuckets: [{ name: options.bucket, configs: [] }],
  });
  const { port } = (await store.run()) as AddressInfo;
  const base = await startHttpReceiver((received, response) => {
    const problem = checkSignature(received, S3_KEYS);
    if (problem !== '') {
      const said = `<?xml version="1.0"?><Error><Code>${problem}</Code><Message>The request signature we calculated does not match</Message></Error>`;
      response.writeHead(403, { 'content-type': 'application/xml' }).end(said);
      return;
    }
    const { method, path, headers, body } = received;
    const onward = requestPlain({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end(body);
  }, options.tls);
  const closeDoor = base.close;
  return Object.assign(base, {
    async close() {
      await closeDoor();
      await store.close();
    },
  });
}
