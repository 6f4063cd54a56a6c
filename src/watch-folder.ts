// Notices changes of files anywhere below a folder, however they are written: in place, or as a new file that takes the place of
// the old one (git, editors, the command line). There is one watch for each folder. Node's own recursive watch on Linux watches
// files, and goes deaf for a file as soon as another one has taken its place.

import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

export interface WatchFolderOptions {
  /** Milliseconds without a further change after which a change is told. */
  debounceMs: number;
  onChange(): void;
  /** Changes in `folder` may go unnoticed from now on. */
  onError(error: Error, folder: string): void;
}

/** @returns ends the watch */
export function watchFolder(root: string, options: WatchFolderOptions): () => void {
  const watches = new Map<string, { inode: number; watcher: FSWatcher }>();
  let timer: NodeJS.Timeout | undefined;

  function changed(): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      follow();
      options.onChange();
    }, options.debounceMs);
  }

  function drop(folder: string): void {
    watches.get(folder)?.watcher.close();
    watches.delete(folder);
  }

  function add(folder: string, inode: number): void {
    try {
      const watcher = watch(folder, changed);
      watches.set(folder, { inode, watcher });
      watcher.on('error', (error) => {
        drop(folder);
        options.onError(error, folder);
      });
    } catch (error) {
      options.onError(error as Error, folder);
    }
  }

  /** Brings the watches in line with the folders that there are now. */
  function follow(): void {
    const folders = foldersBelow(root);
    for (const [folder, { inode }] of [...watches]) if (folders.get(folder) !== inode) drop(folder);
    for (const [folder, inode] of folders) if (!watches.has(folder)) add(folder, inode);
  }

  follow();
  return () => {
    clearTimeout(timer);
    for (const folder of [...watches.keys()]) drop(folder);
  };
}

/** The folder and those below it, each with its inode: another folder may have taken the place of one. */
function foldersBelow(folder: string, found = new Map<string, number>()): Map<string, number> {
  try {
    found.set(folder, statSync(folder).ino);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) foldersBelow(join(folder, entry.name), found);
    }
  } catch {
    // Gone meanwhile. Its parent tells when something takes its place.
  }
  return found;
}
