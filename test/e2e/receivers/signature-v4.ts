// Checks a request that is signed with AWS Signature Version 4, step by step as "Authenticating Requests (AWS Signature Version 4)" in the
// reference of S3 describes it, the hash of the body included.

import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface SignedRequest {
  method: string;
  /** As it came over the wire. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** Why the signature does not hold, '' if it does. */
export function checkSignature(
  request: SignedRequest,
  keys: { accessKeyId: string; secretAccessKey: string; region: string },
): string {
  const { method, path, headers, body } = request;
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  );
  if (!parts) return 'AuthorizationHeaderMalformed';
  const [, credential = '', signedHeaders = '', signature = ''] = parts;
  const [accessKeyId, day = '', region, service, end] = credential.split('/');
  if (accessKeyId !== keys.accessKeyId) return 'InvalidAccessKeyId';
  const time = String(headers['x-amz-date']);
  if (region !== keys.region || service !== 's3' || end !== 'aws4_request' || !time.startsWith(day))
    return 'AuthorizationHeaderMalformed';
  const names = signedHeaders.split(';');
  const must = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  if (must.some((name) => !names.includes(name)) || names.join() !== [...names].sort().join())
    return 'AuthorizationHeaderMalformed';
  if (headers['x-amz-content-sha256'] !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const canonical = [
    method,
    path.split('?')[0],
    path.split('?')[1] ?? '',
    ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    headers['x-amz-content-sha256'],
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join('\n');
  const signingKey = hmac(hmac(hmac(hmac(`AWS4${keys.secretAccessKey}`, day), keys.region), 's3'), 'aws4_request');
  return hmac(signingKey, toSign).toString('hex') === signature ? '' : 'SignatureDoesNotMatch';
}
