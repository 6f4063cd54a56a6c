// The part of the composition root that changes how long rows are kept: in the configuration file first, then in the tables.

import type { Config } from '../config.ts';
import type { ConfigFile } from '../config-file.ts';
import type { RetentionDesk } from '../console/api/options.ts';

type Retention = Config['store']['retention'];

const PATH = ['store', 'retention'];

/** @param apply makes the tables follow `config.store.retention` */
export function retentionDesk(config: Config, file: ConfigFile, apply: () => Promise<unknown>): RetentionDesk {
  const present = config.store.retention;
  return {
    async read() {
      const keys = (Object.keys(present) as (keyof Retention)[]).map((key) => ({
        ...{ key, days: present[key], setBy: file.setBy([...PATH, key]) },
      }));
      return { file: file.file, etag: await file.etag(), keys };
    },
    async set(days, etag) {
      const texts = Object.fromEntries(Object.entries(days).map(([key, count]) => [key, `${count}d`]));
      if (!(await file.set(PATH, texts, etag))) return false;
      // In place: a store that connects later goes by it, and what is read from the file again is no change.
      Object.assign(present, days);
      await apply();
      return true;
    },
  };
}
