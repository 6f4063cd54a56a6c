// `daylight version`: what is running.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { INSTALL_DIR } from '../config.ts';
import { bareCommand } from './command.ts';
import { print, printJson } from './output.ts';

export function versionCommand(): Command {
  return bareCommand('version', 'show the version of Daylight and of its Node').action((options: { json?: boolean }) => {
    const version = daylightVersion();
    if (options.json) printJson({ version, node: process.versions.node, platform: process.platform, arch: process.arch });
    else print(`daylight ${version} (Node ${process.versions.node}, ${process.platform}-${process.arch})`);
  });
}

/** The version in package.json. */
export function daylightVersion(): string {
  return String(JSON.parse(readFileSync(join(INSTALL_DIR, 'package.json'), 'utf8')).version);
}
