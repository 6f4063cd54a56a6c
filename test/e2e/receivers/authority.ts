// An authority of tests, in a folder of its own: certificates for receivers and for clients, as files and as text.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCa } from '../../../src/proxy/ca.ts';
import { keyPairFor } from '../servers/key-pair.ts';

export interface Certified {
  cert: string;
  key: string;
  certFile: string;
  keyFile: string;
}

export interface Authority {
  ca: string;
  caFile: string;
  /** A certificate without limits on what it is used for. */
  certify(...names: string[]): Promise<Certified>;
}

export async function openAuthority(dir: string, name = 'authority'): Promise<Authority> {
  const ca = await openCa({ dir: join(dir, name) });
  return {
    ca: ca.anchor.toString(),
    caFile: ca.info.file,
    async certify(...names) {
      const { cert, key } = await keyPairFor(ca, names);
      const base = join(dir, `${name}-${names[0]}`);
      writeFileSync(`${base}.pem`, cert);
      writeFileSync(`${base}.key`, key, { mode: 0o600 });
      return { cert, key, certFile: `${base}.pem`, keyFile: `${base}.key` };
    },
  };
}
