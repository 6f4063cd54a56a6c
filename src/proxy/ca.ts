// The certificate authority that clients of this appliance trust: found, checked, made on the first start, rotated, exported.
//
// Files in the folder: `ca.pem` and `ca.key` (in force), `chain.pem` (certificates above a brought intermediate),
// `next.pem` and `next.key` (staged by a rotation), `previous.pem` (replaced by the last rotation, certificate only).
//
// Opening, in order: make what is missing if nothing is there; finish a rotation that was cut off; check the key file's
// mode; check key, certificate and chain (ca-check.ts). The key is written before the certificate and both appear whole or
// not at all, so of two processes that start at once the second takes the first one's CA, and a crash leaves either
// nothing, or a key to which the next start makes the certificate.

import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, type X509Certificate } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DaylightError } from '../errors.ts';
import { checkAuthority, readCertificates, readKey } from './ca-check.ts';
import { exists, makeFolder, protectKey, writeExclusive, writeReplacing } from './ca-files.ts';
import {
  authorityKeyId,
  basicConstraints,
  buildCertificate,
  distinguishedName,
  KEY_USAGE,
  keyIdOf,
  keyUsage,
  subjectKeyId,
} from './certificate.ts';

export interface Ca {
  /** Signs the leaves. */
  certificate: X509Certificate;
  key: KeyObject;
  /** Sent after a leaf: `certificate` and those above it, without the root. Empty when `certificate` is the root. */
  chain: readonly X509Certificate[];
  /** What clients have to trust: the root, or `certificate` where the root is not at hand. */
  anchor: X509Certificate;
  /** Replaced by the last rotation. */
  previous: X509Certificate | undefined;
  /** Staged: clients should already get it, leaves are not signed by it yet. */
  next: X509Certificate | undefined;
  info: CaInfo;
}

export interface CaInfo {
  /** Absolute or relative path as configured, for people and for `--cacert`. */
  file: string;
  /** `created` just now, made by Daylight `earlier`, or `brought` by the operator. */
  origin: 'created' | 'earlier' | 'brought';
  subject: string;
  /** SHA-256 of the anchor, upper-case hexadecimal with colons. */
  fingerprint: string;
  /** Epoch milliseconds; of the signing certificate. */
  notBefore: number;
  notAfter: number;
}

export interface CaLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface CaOptions {
  dir: string;
  log?: CaLog | undefined;
  /** Epoch milliseconds. */
  now?: () => number;
}

const DAY = 86_400_000;
const YEARS = 10;
/** Stands before the PEM block of a key made here (RFC 7468 allows text there); keys of operators do not have it. */
const MARK = 'Made by Daylight. Whoever has this key can read the traffic of every client that trusts ca.pem.';

/**
 * The CA of this folder, made if the folder holds none.
 *
 * @throws DaylightError ERR_CA naming the file and the fix
 */
export async function openCa({ dir, log, now = Date.now }: CaOptions): Promise<Ca> {
  await makeFolder(dir);
  const file = (name: string) => join(dir, name);
  // Certificate before key: whoever makes a CA writes the key first, so a certificate without a key is never one in the making.
  const hasCertificate = await exists(file('ca.pem'));
  const hasKey = await exists(file('ca.key'));
  if (hasCertificate && !hasKey)
    throw caError(
      file('ca.key'),
      `is missing, but ${file('ca.pem')} is there; put the key beside it, or remove ca.pem to get a new CA`,
    );
  if (!hasCertificate && hasKey && !(await readKeyText(dir, log)).includes(MARK))
    throw caError(file('ca.pem'), `is missing, but ${file('ca.key')} is there; put the certificate of that key beside it`);
  const created = !hasCertificate && (await createCa(dir, 'ca', now()));

  await finishRotation(dir, log);
  const keyText = await readKeyText(dir, log);
  const above = (await exists(file('chain.pem'))) ? await readCertificates(file('chain.pem')) : [];
  const found = await readCertificates(file('ca.pem'));
  const key = readKey(keyText, file('ca.key'));
  const { certificate, chain, anchor, shortcomings } = checkAuthority({ key, found, above, dir, now: now() });
  const notAfter = certificate.validToDate.getTime();
  const info: CaInfo = {
    file: file('ca.pem'),
    origin: created ? 'created' : keyText.includes(MARK) ? 'earlier' : 'brought',
    subject: anchor.subject.replaceAll('\n', ', '),
    fingerprint: anchor.fingerprint256,
    notBefore: certificate.validFromDate.getTime(),
    notAfter,
  };
  if (created) log?.info({ file: info.file, fingerprint: info.fingerprint }, 'made a new CA: clients have to trust it');
  if (notAfter - now() < 90 * DAY)
    log?.warn({ file: info.file, notAfter: new Date(notAfter).toISOString() }, 'the CA certificate expires soon; rotate it');
  if (anchor === certificate && chain.length > 0)
    log?.warn({ file: file('chain.pem') }, 'the root above the CA certificate is not at hand; exports hold the intermediate');
  if (shortcomings.length > 0)
    log?.warn({ file: info.file, shortcomings }, 'clients that verify strictly (Python from 3.13 on) will refuse this CA');
  const optional = async (name: string) => ((await exists(file(name))) ? (await readCertificates(file(name)))[0] : undefined);
  return { certificate, key, chain, anchor, previous: await optional('previous.pem'), next: await optional('next.pem'), info };
}

/**
 * Replaces a CA made by Daylight. With `stage`, only prepares the next one, so that it can be exported and trusted before it
 * signs anything; a later call without `stage` puts it into force. Running processes change over when they open the CA again.
 *
 * @throws DaylightError ERR_CA for a CA that the operator brought
 */
export async function rotateCa(options: CaOptions & { stage?: boolean }): Promise<Ca> {
  const { dir, log, now = Date.now } = options;
  const current = await openCa(options);
  if (current.info.origin === 'brought')
    throw caError(current.info.file, 'was not made by Daylight; replace ca.pem and ca.key (and chain.pem) yourself');
  await createCa(dir, 'next', now());
  if (!options.stage) {
    await writeReplacing(join(dir, 'previous.pem'), current.certificate.toString(), 0o644);
    await promote(dir);
    log?.info({ dir }, 'rotated the CA: clients have to trust the new one');
  }
  return openCa(options);
}

/**
 * What clients have to trust.
 *
 * @param which `all` (PEM only) holds next, current and previous, for the time of a rotation
 * @throws DaylightError ERR_CA if there is no such certificate
 */
export function exportCa(
  ca: Ca,
  format: 'pem' | 'der' = 'pem',
  which: 'current' | 'previous' | 'next' | 'all' = 'current',
): Buffer {
  const wanted = which === 'all' ? [ca.next, ca.anchor, ca.previous] : [which === 'current' ? ca.anchor : ca[which]];
  const certificates = wanted.filter((each) => each !== undefined);
  const [first] = certificates;
  if (!first) throw caError(ca.info.file, `there is no ${which} CA certificate; only a rotation leaves one`);
  if (format === 'pem') return Buffer.from(certificates.map((each) => each.toString()).join(''));
  if (certificates.length > 1) throw new DaylightError('ERR_USAGE', 'DER holds one certificate; export "all" as pem');
  return Buffer.from(first.raw);
}

/** Makes `NAME.key` and `NAME.pem` as far as they are missing. @returns whether the certificate is this call's */
async function createCa(dir: string, name: 'ca' | 'next', time: number): Promise<boolean> {
  const keyFile = join(dir, `${name}.key`);
  if (!(await exists(keyFile))) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    await writeExclusive(keyFile, `${MARK}\n${privateKey.export({ type: 'pkcs8', format: 'pem' })}`, 0o600);
  }
  // Not the key just made: another process may have been first.
  const key = readKey(await readFile(keyFile, 'utf8'), keyFile);
  return writeExclusive(join(dir, `${name}.pem`), (await selfSigned(key, time)).toString(), 0o644);
}

async function selfSigned(key: KeyObject, time: number): Promise<X509Certificate> {
  const publicKey = createPublicKey(key);
  const id = keyIdOf(publicKey);
  const name = distinguishedName({
    commonName: `Daylight CA ${randomBytes(3).toString('hex').toUpperCase()}`,
    organization: 'Daylight',
  });
  const notAfter = new Date(time);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + YEARS);
  return buildCertificate({
    issuer: name,
    subject: name,
    notBefore: new Date(time - DAY),
    notAfter,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    // It signs leaves only, hence path length 0.
    extensions: [
      basicConstraints({ pathLength: 0 }),
      keyUsage(KEY_USAGE.keyCertSign, KEY_USAGE.cRLSign),
      subjectKeyId(id),
      authorityKeyId(id),
    ],
    signer: key,
  });
}

/** A crash between the two renames of a rotation leaves the new key with the old certificate. */
async function finishRotation(dir: string, log: CaLog | undefined): Promise<void> {
  const next = join(dir, 'next.pem');
  if (!(await exists(next)) || (await exists(join(dir, 'next.key')))) return;
  const [certificate] = await readCertificates(next);
  const key = readKey(await readFile(join(dir, 'ca.key'), 'utf8'), join(dir, 'ca.key'));
  if (!certificate?.checkPrivateKey(key)) return;
  log?.warn({ dir }, 'finishing a rotation of the CA that was cut off');
  await promote(dir);
}

async function promote(dir: string): Promise<void> {
  for (const kind of ['key', 'pem']) {
    await rename(join(dir, `next.${kind}`), join(dir, `ca.${kind}`)).catch((error: NodeJS.ErrnoException) => {
      // Another process has done this step.
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

async function readKeyText(dir: string, log: CaLog | undefined): Promise<string> {
  const file = join(dir, 'ca.key');
  await protectKey(file, log);
  return readFile(file, 'utf8');
}

function caError(file: string, what: string): DaylightError {
  return new DaylightError('ERR_CA', `${file} ${what}`);
}
