// The first file of a backup: what made it, and every file that follows, in order, with size and checksum.

import { z } from 'zod';

export const MANIFEST = 'manifest.json';
/** Format of backups that this version writes, and the latest that it reads. */
export const FORMAT = 1;
/** Bytes that the manifest itself may have. */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;

/** What a backup holds: policy files, the CA, the SQLite files with the secret of the installation, the configuration. */
export type Part = 'policy' | 'ca' | 'state' | 'config';
/** Where the files of each part can lie: places.ts lists them. Locks, plans and the spool of the data folder are not among them. */
const FILE = /^(policy\/.+|ca\/[^/]+|state\/([^/]+\.sqlite|(keys|samples)\/[^/]+)|config\/daylight\.yaml)$/s;

/** A relative path below a part; no part of it hidden, none that leads elsewhere. */
const path = z
  .string()
  .max(255)
  .refine((text) => {
    const names = text.split('/');
    const plain = (name: string) => name !== '' && !name.startsWith('.') && !/[\\\p{Cc}]/u.test(name);
    return FILE.test(text) && names.length <= 17 && names.every(plain);
  }, 'is no name that a backup can hold');

export const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** Version of Daylight that made it. */
  daylight: z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}([-+].{1,60})?$/, 'is no version'),
  /** ISO 8601, UTC. */
  created: z.iso.datetime(),
  /** Name of the appliance. */
  sensor: z.string().max(255),
  files: z
    .array(
      z.strictObject({
        path,
        bytes: z.int().min(0),
        mode: z.int().min(0).max(0o777),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(100_000)
    .refine((files) => new Set(files.map(({ path }) => path.toLowerCase())).size === files.length, 'names a file twice'),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Whether a version is later than another; what follows the three numbers does not count. */
export function isLater(version: string, than: string): boolean {
  const numbers = (text: string) => text.split(/[-+]/)[0]!.split('.').map(Number);
  const [a, b] = [numbers(version), numbers(than)];
  for (const index of [0, 1, 2]) if (a[index] !== b[index]) return (a[index] ?? 0) > (b[index] ?? 0);
  return false;
}
