// The S3 sink against s3rver behind a door that checks signatures of version 4.

import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { s3Options } from '../../src/config/sinks/s3.ts';
import { createS3Destination } from '../../src/sinks/destinations/s3.ts';
import type { Destination } from '../../src/sinks/sink.ts';
import type { HttpReceiver } from './receivers/http-receiver.ts';
import { flows } from './receivers/outgoing.ts';
import { S3_KEYS, startS3Receiver } from './receivers/s3-receiver.ts';
import { checkSignature } from './receivers/signature-v4.ts';

const BUCKET = 'daylight-archive';
const never = new AbortController().signal;
let dir: string;
let receiver: HttpReceiver;
const opened: Destination[] = [];

function open(over: Record<string, unknown> = {}, env: NodeJS.ProcessEnv = {}): Destination {
  const options = { type: 's3', bucket: BUCKET, endpoint: receiver.url, ...S3_KEYS, timeout: 5000, ...over };
  const made = createS3Destination(s3Options.parse(options), env);
  opened.push(made);
  return made;
}

/** Objects in the store: names, and lines. */
function stored(): Record<string, unknown[]> {
  const files = globSync('**/*._S3rver_object', { cwd: join(dir, BUCKET) }).sort();
  return Object.fromEntries(
    files.map((file) => [
      file.replace('._S3rver_object', ''),
      gunzipSync(readFileSync(join(dir, BUCKET, file)))
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ]),
  );
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-s3-'));
  receiver = await startS3Receiver({ dir, bucket: BUCKET });
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await receiver.close();
  rmSync(dir, { recursive: true });
});

it('the check of signatures takes the example that AWS published, and no other', () => {
  const example = {
    method: 'PUT',
    path: '/test%24file.text',
    headers: {
      host: 'examplebucket.s3.amazonaws.com',
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
    body: Buffer.from('Welcome to Amazon S3.'),
  };
  const keys = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    region: 'us-east-1',
  };
  expect(checkSignature(example, keys)).toBe('');
  expect(checkSignature({ ...example, path: '/other' }, keys)).toBe('SignatureDoesNotMatch');
  expect(checkSignature({ ...example, body: Buffer.from('x') }, keys)).toBe('XAmzContentSHA256Mismatch');
});

it('puts compressed lines under names that tell day, hour, sensor and kind', async () => {
  const batch = flows(4);
  expect(await open({ format: 'native', prefix: 'siem/daylight' }).send(batch, never)).toEqual([]);
  const folder = 'siem/daylight/dt=2026-03-04';
  expect(stored()).toEqual({
    [`${folder}/hour=05/proxy-1/http_flow-${batch[0]?.event.event_id}.ndjson.gz`]: batch.slice(0, 2).map(({ event }) => event),
    [`${folder}/hour=06/proxy-1/http_flow-${batch[2]?.event.event_id}.ndjson.gz`]: batch.slice(2).map(({ event }) => event),
  });
});

it('overwrites itself when a batch is sent again', async () => {
  const destination = open({ format: 'native' });
  await destination.send(flows(2), never);
  await destination.send(flows(2), never);
  expect(Object.values(stored()).flat()).toHaveLength(2);
});

it('asks for encryption with the key it is told', async () => {
  await open({ encryption: 'aws:kms', kmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:key/abc' }).send(flows(1), never);
  expect(receiver.requests[0]?.headers).toMatchObject({
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:eu-central-1:111122223333:key/abc',
    'content-encoding': 'gzip',
  });
});

it('takes credentials from a file, or from the environment with its session token', async () => {
  const secretAccessKeyFile = join(dir, 'secret');
  writeFileSync(secretAccessKeyFile, `${S3_KEYS.secretAccessKey}\n`, { mode: 0o600 });
  expect(await open({ secretAccessKey: undefined, secretAccessKeyFile }).send(flows(1), never)).toEqual([]);
  const env = {
    AWS_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
    AWS_SESSION_TOKEN: 'session',
  };
  expect(await open({ accessKeyId: undefined, secretAccessKey: undefined }, env).send(flows(1), never)).toEqual([]);
  expect(receiver.requests.at(-1)?.headers['x-amz-security-token']).toBe('session');
  expect(() => open({ accessKeyId: undefined, secretAccessKey: undefined })).toThrow(/no credentials for the bucket/);
});

it('says what to mend when the store refuses', async () => {
  for (const [over, said] of [
    [{ secretAccessKey: 'wrong-secret-key' }, /403 SignatureDoesNotMatch; check secretAccessKey and region/],
    [{ accessKeyId: 'OTHER' }, /403 InvalidAccessKeyId; check accessKeyId/],
    [{ bucket: 'missing-bucket' }, /404 NoSuchBucket; check bucket/],
  ] as const) {
    const failure = await open(over)
      .send(flows(1), never)
      .catch((error: Error) => error.message);
    expect(failure).toMatch(said);
    expect(failure).not.toContain('wrong-secret-key');
  }
});
