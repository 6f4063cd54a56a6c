// Entry point: hands the arguments to the command line and leaves with its exit status.
//
// Compiled code is kept between runs: a start then takes half as long. Where its folder cannot be written, nothing is kept. It is switched
// on here and not by a variable, which every program that is started from here would inherit.

import { enableCompileCache } from 'node:module';
import { COMPILED_CODE_DIR } from './compiled-code.ts';

enableCompileCache(COMPILED_CODE_DIR);
const { run } = await import('./cli/program.ts');

process.exitCode = await run(process.argv.slice(2));
