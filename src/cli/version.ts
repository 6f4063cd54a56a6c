// `daylight version`: what is running.

import type { Command } from 'commander';
import { daylightVersion } from '../version.ts';
import { bareCommand } from './command.ts';
import { print, printJson } from './output.ts';

export function versionCommand(): Command {
  return bareCommand('version', 'show the version of Daylight and of its Node').action((options: { json?: boolean }) => {
    const version = daylightVersion();
    if (options.json) printJson({ version, node: process.versions.node, platform: process.platform, arch: process.arch });
    else print(`daylight ${version} (Node ${process.versions.node}, ${process.platform}-${process.arch})`);
  });
}
