// Changes keys of the configuration file: comments and order stay, the file is replaced whole, and what somebody else wrote meanwhile is
// not lost. A file that is broken is not touched. What variables and flags set counts over the file, so it is told and cannot be changed.

import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { type Document, isMap, parseDocument } from 'yaml';
import { type ConfigSources, configSchema, loadConfig } from './config.ts';
import { parseText } from './document.ts';
import { readEnvironment } from './environment.ts';
import { DaylightError } from './errors.ts';
import { shapeOf } from './problems.ts';
import { readVersion, replaceFiles, whileLocked } from './replace-files.ts';

export interface ConfigFile {
  /** Absolute name. There may be no such file yet. */
  file: string;
  /** The variable that sets a key, '' if none does. */
  setBy(path: readonly string[]): string;
  /** Of its content, for If-Match. */
  etag(): Promise<string>;
  /**
   * Sets keys below a mapping.
   *
   * @param etag of the content that the change builds on
   * @returns false, and changes nothing, if the content is another by now
   * @throws DaylightError ERR_CONFIG_INVALID if the file is broken or cannot be written; the message says what to write by hand
   */
  set(path: readonly string[], values: Readonly<Record<string, unknown>>, etag: string): Promise<boolean>;
}

/** The file that `loadConfig` reads with these sources, or would read if it were there. */
export function configFileOf(sources: ConfigSources = {}): ConfigFile {
  const env = sources.env ?? process.env;
  const file = resolve(sources.cwd ?? process.cwd(), sources.file ?? env.DAYLIGHT_CONFIG ?? 'daylight.yaml');
  const [folder, name] = [dirname(file), basename(file)];
  const { settings } = readEnvironment(env, shapeOf(configSchema));

  async function set(path: readonly string[], values: Readonly<Record<string, unknown>>, etag: string): Promise<boolean> {
    loadConfig(sources);
    return whileLocked(folder, async () => {
      const read = await readVersion(folder, name);
      if (etagOf(read.text) !== etag) return false;
      const document: Document = parseDocument(read.text ?? '');
      if (!isMap(document.contents)) document.contents = document.createNode({});
      for (let depth = 1; depth <= path.length; depth++) {
        const at = path.slice(0, depth);
        // A key with nothing after it is an empty mapping.
        if (!isMap(document.getIn(at))) document.setIn(at, document.createNode({}));
      }
      for (const [key, value] of Object.entries(values)) document.setIn([...path, key], value);
      const text = document.toString({ lineWidth: 0 });
      if (parseText(file, text).problems.length > 0) throw new DaylightError('ERR_CONFIG_INVALID', `${file}: cannot be edited`);
      return replaceFiles(folder, [{ read, text }]);
    }).catch((cause: unknown) => {
      const lines = Object.entries(values).map(([key, value]) => `${[...path, key].join('.')}: ${value}`);
      const why = (cause as Error).cause instanceof Error ? ((cause as Error).cause as Error).message : (cause as Error).message;
      const message = `${file} cannot be written (${why}). Set ${lines.join(', ')} there yourself, and restart Daylight`;
      throw new DaylightError('ERR_CONFIG_INVALID', message, { cause });
    });
  }

  return {
    file,
    set,
    setBy: (path) => settings.find((setting) => setting.path.join('.') === path.join('.'))?.from ?? '',
    etag: async () => etagOf((await readVersion(folder, name)).text),
  };
}

function etagOf(text: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify(text ?? null))
    .digest('hex')
    .slice(0, 16);
}
