// Finds the embedded ClickHouse engine among the optional packages, or says why there is none and what to do.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DaylightError } from '../errors.ts';

const FIX =
  'Run `npm ci` with optional packages on Linux with glibc or macOS (x64, arm64), or set `clickhouse.url` in daylight.yaml to a ClickHouse server. Until then events stay in the spool';

/**
 * Path of libchdb.so.
 *
 * @throws DaylightError ERR_ENGINE_MISSING
 */
export function findEngineLibrary(platform: string = process.platform, arch: string = process.arch): string {
  const system = `${platform}-${arch}${platform === 'linux' ? '-gnu' : ''}`;
  const require = createRequire(import.meta.url);
  try {
    require.resolve('ffi-rs');
    const chdb = createRequire(require.resolve('chdb/package.json'));
    return join(dirname(chdb.resolve(`@chdb/lib-${system}/package.json`)), 'libchdb.so');
  } catch (cause) {
    throw new DaylightError('ERR_ENGINE_MISSING', `the embedded ClickHouse engine for ${system} is not installed. ${FIX}.`, {
      cause,
    });
  }
}
