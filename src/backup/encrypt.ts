// A backup under a passphrase. The file is: MAGIC, 16 bytes of salt, 12 bytes of nonce, ciphertext, 16 bytes of tag. The key is scrypt
// (RFC 7914; N 2^17, r 8, p 1) of the passphrase, the cipher AES-256-GCM, with everything before the ciphertext as additional data.
//
// Nothing of a file is used before the whole of it has been found to be genuine.

import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { DaylightError } from '../errors.ts';

const MAGIC = Buffer.from('DLBACKUP1\n', 'latin1');
const SALT = 16;
const NONCE = 12;
const TAG = 16;
const HEADER = MAGIC.length + SALT + NONCE;
const COST: ScryptOptions = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 ** 2 };

/** Passphrases shorter than this are refused when a backup is made. */
export const MIN_PASSPHRASE = 12;

export async function* encrypt(source: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  const header = Buffer.concat([MAGIC, randomBytes(SALT), randomBytes(NONCE)]);
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, header), nonceOf(header)).setAAD(header);
  yield header;
  for await (const chunk of source) yield cipher.update(chunk);
  yield cipher.final();
  yield cipher.getAuthTag();
}

export async function isEncrypted(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    return bytesRead === MAGIC.length && buffer.equals(MAGIC);
  } finally {
    await handle.close();
  }
}

/**
 * What is in an encrypted file. It is read twice: once to see that it is genuine, once for its content.
 *
 * @throws DaylightError ERR_BACKUP if the passphrase is another one, or the file was changed or cut
 */
export async function decrypt(file: string, passphrase: string): Promise<AsyncIterable<Buffer>> {
  const handle = await open(file);
  const header = Buffer.alloc(HEADER);
  const tag = Buffer.alloc(TAG);
  let end: number;
  try {
    const { size } = await handle.stat();
    end = size - TAG;
    if (end < HEADER) throw notGenuine();
    await handle.read(header, 0, HEADER, 0);
    await handle.read(tag, 0, TAG, end);
  } finally {
    await handle.close();
  }
  const key = await keyOf(passphrase, header);

  async function* content(): AsyncGenerator<Buffer> {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(header)).setAAD(header).setAuthTag(tag);
    if (end > HEADER) {
      for await (const chunk of createReadStream(file, { start: HEADER, end: end - 1 })) yield decipher.update(chunk);
    }
    try {
      yield decipher.final();
    } catch {
      throw notGenuine();
    }
  }

  for await (const _ of content());
  return content();
}

function nonceOf(header: Buffer): Buffer {
  return header.subarray(MAGIC.length + SALT);
}

function keyOf(passphrase: string, header: Buffer): Promise<Buffer> {
  const salt = header.subarray(MAGIC.length, MAGIC.length + SALT);
  return new Promise((resolve, reject) =>
    scrypt(passphrase.normalize('NFC'), salt, 32, COST, (error, key) => (error ? reject(error) : resolve(key))),
  );
}

function notGenuine(): DaylightError {
  return new DaylightError(
    'ERR_BACKUP',
    'the backup cannot be opened: the passphrase is another one, or the file was changed or cut',
  );
}
