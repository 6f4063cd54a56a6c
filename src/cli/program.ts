// The command line: which commands there are, and how an error reaches a person or a program.

import { Command, CommanderError } from 'commander';
import { DaylightError } from '../errors.ts';
import { EXIT } from './command.ts';

/**
 * In the order in which help shows them. Each is loaded when it is asked for: `version` should not wait for the database
 * client, and a broken optional package should not break `doctor`.
 */
const COMMANDS: Record<string, () => Promise<Command>> = {
  start: async () => (await import('./start.ts')).startCommand(),
  demo: async () => (await import('./demo.ts')).demoCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  events: async () => (await import('./events.ts')).eventsCommand(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  servers: async () => (await import('./servers.ts')).serversCommand(),
  requests: async () => (await import('./requests.ts')).requestsCommand(),
  findings: async () => (await import('./findings.ts')).findingsCommand(),
  rules: async () => (await import('./rules.ts')).rulesCommand(),
  dlp: async () => (await import('./dlp.ts')).dlpCommand(),
  exceptions: async () => (await import('./exceptions.ts')).exceptionsCommand(),
  passthrough: async () => (await import('./passthrough.ts')).passthroughCommand(),
  pause: async () => (await import('./pause.ts')).pauseCommand(),
  resume: async () => (await import('./pause.ts')).resumeCommand(),
  policy: async () => (await import('./policy.ts')).policyCommand(),
  simulate: async () => (await import('./simulate.ts')).simulateCommand(),
  replay: async () => (await import('./replay.ts')).replayCommand(),
  admin: async () => (await import('./admin.ts')).adminCommand(),
  sinks: async () => (await import('./sinks.ts')).sinksCommand(),
  tokens: async () => (await import('./tokens.ts')).tokensCommand(),
  ca: async () => (await import('./ca.ts')).caCommand(),
  backup: async () => (await import('./backup.ts')).backupCommand(),
  restore: async () => (await import('./restore.ts')).restoreCommand(),
  support: async () => (await import('./support.ts')).supportCommand(),
  version: async () => (await import('./version.ts')).versionCommand(),
};

/** The command line that `argv` needs: the command it names, or all of them for help and for suggestions. */
async function program(argv: readonly string[]): Promise<Command> {
  const root = new Command('daylight')
    .description('Daylight finds and stops shadow MCP servers: a self-hosted egress proxy.')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(add --help for the options)');
  const [name = ''] = argv;
  const wanted = Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]!] : Object.values(COMMANDS);
  for (const create of wanted) root.addCommand(await create());
  return root;
}

/**
 * Runs one command.
 *
 * @param argv arguments after the program name.
 * @returns the exit status; an action sets another than 0 through `process.exitCode`.
 */
export async function run(argv: readonly string[]): Promise<number> {
  leaveQuietlyWhenReaderIsGone();
  try {
    const root = await program(argv);
    throwInsteadOfExit(root);
    await root.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? EXIT.fine);
  } catch (error) {
    // Commander has already written what is wrong (or the help that was asked for).
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.error;
    report(error, argv.includes('--json'));
    return EXIT.error;
  }
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}

function report(error: unknown, json: boolean): void {
  const known = error instanceof DaylightError;
  const message = error instanceof Error ? error.message : String(error);
  if (json) process.stderr.write(`${JSON.stringify({ error: { code: known ? error.code : 'ERR_UNEXPECTED', message } })}\n`);
  else process.stderr.write(`daylight: ${known ? message : error instanceof Error ? (error.stack ?? message) : message}\n`);
}

/** `daylight events query | head` closes our stdout early: that is no error. */
function leaveQuietlyWhenReaderIsGone(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.fine);
    throw error;
  });
}
