// S3 and what is compatible with it: objects of compressed lines, under names that tell their time, sensor and kind.
//
// PREFIX/dt=YYYY-MM-DD/hour=HH/SENSOR/KIND-FIRSTID.ndjson.gz (UTC). The name follows from the first event in the object, so a batch
// that is sent again overwrites itself. Requests are signed with Signature Version 4, the body included.

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AwsV4Signer } from 'aws4fetch';
import type { S3Options } from '../../config/sinks/s3.ts';
import { DaylightError } from '../../errors.ts';
import { type Destination, type Outgoing, SinkError } from '../sink.ts';
import { clean } from './connection-error.ts';
import { type Answer, createHttpPost, type Tunnel } from './http-post.ts';
import { openSecret } from './secret.ts';

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const compress = promisify(gzip);
const FIXES: Readonly<Record<string, string>> = {
  AccessDenied: 'the key needs s3:PutObject on the bucket (and kms:GenerateDataKey for its key)',
  InvalidAccessKeyId: 'check accessKeyId',
  SignatureDoesNotMatch: 'check secretAccessKey and region',
  AuthorizationHeaderMalformed: 'check region',
  PermanentRedirect: 'the bucket is in another region; check region and endpoint',
  NoSuchBucket: 'check bucket, and make it if it is missing',
  RequestTimeTooSkewed: 'set the clock of this machine',
};

/**
 * @param env where credentials come from when the options have none
 * @throws DaylightError ERR_CONFIG_INVALID if there are no credentials, or a file that the options name cannot be used
 */
export function createS3Destination(options: S3Options, env: NodeJS.ProcessEnv = process.env, tunnel?: Tunnel): Destination {
  const credentials = openCredentials(options, env);
  const base = bucketUrl(options);
  const http = createHttpPost({ ...options, tunnel });
  const isJson = options.format !== 'cef' && options.format !== 'leef';

  async function put(key: string, lines: readonly string[], signal: AbortSignal): Promise<void> {
    const body = await compress(`${lines.join('\n')}\n`);
    const { accessKeyId, secretAccessKey, sessionToken } = credentials();
    const signer = new AwsV4Signer({
      method: 'PUT',
      url: `${base}/${key.split('/').map(encodeURIComponent).join('/')}`,
      headers: {
        'Content-Type': isJson ? 'application/x-ndjson' : 'text/plain; charset=utf-8',
        'Content-Encoding': 'gzip',
        'X-Amz-Content-Sha256': createHash('sha256').update(body).digest('hex'),
        ...(options.encryption === undefined ? {} : { 'X-Amz-Server-Side-Encryption': options.encryption }),
        ...(options.kmsKeyId === undefined ? {} : { 'X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id': options.kmsKeyId }),
      },
      service: 's3',
      region: options.region,
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    });
    const { url, headers } = await signer.sign();
    const secrets = sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken];
    const answer = await http.post({ url: url.href, method: 'PUT', headers: Object.fromEntries(headers), body, secrets }, signal);
    if (answer.status !== 200) throw refused(answer);
    // Every store tells the tag of what it took; a page that stands in between does not.
    if (answer.headers.etag === undefined)
      throw new SinkError(`${url.origin} answers 200 without the ETag of the object; it is no store of S3, check endpoint`);
  }

  function refused(answer: Answer): SinkError {
    const code = clean(/<Code>([^<]{1,100})<\/Code>/.exec(answer.text)?.[1] ?? '');
    const fix = FIXES[code] ?? '';
    const said = code === '' ? answer.said : `${answer.status} ${code}`;
    return new SinkError(`${new URL(base).origin} answers ${said}${fix === '' ? '' : `; ${fix}`}`, {
      ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
    });
  }

  return {
    async send(batch, signal) {
      for (const [key, lines] of objectsOf(batch, options.prefix, isJson ? 'ndjson' : 'log')) await put(key, lines, signal);
      return [];
    },
    async close() {
      http.close();
    },
  };
}

/** What the batch becomes: names of objects and their lines, in the order of the events. */
function objectsOf(batch: readonly Outgoing[], prefix: string, extension: string): Map<string, string[]> {
  const groups = new Map<string, { key: string; lines: string[] }>();
  for (const { event, text } of batch) {
    const time = new Date(event.ts).toISOString();
    const folder = `dt=${time.slice(0, 10)}/hour=${time.slice(11, 13)}/${plain(event.sensor)}`;
    const group = `${folder}/${event.kind}`;
    const known = groups.get(group);
    if (known) known.lines.push(text);
    else
      groups.set(group, {
        key: `${prefix === '' ? '' : `${prefix}/`}${group}-${plain(event.event_id)}.${extension}.gz`,
        lines: [text],
      });
  }
  return new Map([...groups.values()].map(({ key, lines }) => [key, lines]));
}

/** Characters that need no care in names of objects. */
function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '_') || '_';
}

function bucketUrl({ endpoint, region, bucket, pathStyle }: S3Options): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const store = new URL(endpoint ?? `https://s3.${region}.${suffix}`);
  // A name with dots is no single label, which the certificate of the store would have to match.
  const inPath = pathStyle ?? (endpoint !== undefined || bucket.includes('.'));
  if (!inPath) store.host = `${bucket}.${store.host}`;
  return `${store.href.replace(/\/+$/, '')}${inPath ? `/${bucket}` : ''}`;
}

function openCredentials(options: S3Options, env: NodeJS.ProcessEnv): () => Credentials {
  const { accessKeyId } = options;
  const secret = openSecret(options.secretAccessKey, options.secretAccessKeyFile);
  if (accessKeyId !== undefined && secret) return () => ({ accessKeyId, secretAccessKey: secret() });
  const { AWS_ACCESS_KEY_ID: id = '', AWS_SECRET_ACCESS_KEY: key = '', AWS_SESSION_TOKEN: sessionToken = '' } = env;
  if (id === '' || key === '')
    throw new DaylightError(
      'ERR_CONFIG_INVALID',
      `no credentials for the bucket ${options.bucket}: set accessKeyId and secretAccessKeyFile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    );
  return () => ({ accessKeyId: id, secretAccessKey: key, ...(sessionToken === '' ? {} : { sessionToken }) });
}
