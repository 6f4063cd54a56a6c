// Entry point: hands the arguments to the command line and leaves with its exit status.

import { run } from './cli/program.ts';

process.exitCode = await run(process.argv.slice(2));
