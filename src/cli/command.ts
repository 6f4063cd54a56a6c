// What all commands share: the options that find the configuration, `--json`, and the exit statuses.

import { Command, Option } from 'commander';
import { type Config, type ConfigSources, loadConfig } from '../config.ts';

/** 0 fine, 1 error, 2 the command found something (`check`, `rules test`, `replay`, `simulate`, `doctor`). */
export const EXIT = { fine: 0, error: 1, findings: 2 } as const;

/** Options of every command that works on an appliance. */
export interface CommonOptions {
  config?: string;
  data?: string;
  json?: boolean;
}

/** A command with `--json`, `--config` and `--data`. */
export function command(name: string, summary: string): Command {
  return bareCommand(name, summary)
    .option('-c, --config <file>', 'configuration file (default: ./daylight.yaml if there is one)')
    .option('--data <folder>', 'data folder: spool, state, embedded ClickHouse (default: ./data)');
}

/** A command with `--json` alone. */
export function bareCommand(name: string, summary: string): Command {
  return new Command(name).description(summary).addOption(new Option('--json', 'machine-readable output on stdout'));
}

/** A command that only holds others. */
export function group(name: string, summary: string, commands: readonly Command[]): Command {
  const parent = new Command(name).description(summary);
  for (const child of commands) parent.addCommand(child);
  return parent;
}

/** The configuration that the options select. */
export function configOf(options: CommonOptions & { proxy?: string; console?: string }): Config {
  return loadConfig(sourcesOf(options));
}

/** Where the options look for it. */
export function sourcesOf(options: CommonOptions & { proxy?: string; console?: string }): ConfigSources {
  return { file: options.config, flags: { data: options.data, proxy: options.proxy, console: options.console } };
}
