// Reads what models cost: the shipped prices.yml, and before it one's own in local/prices.yml, whose prices win.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatProblem, type Problem, parseAs, readDocument } from './document.ts';
import { type Prices, pricesSchema } from './engine/calls/prices.ts';
import { DaylightError } from './errors.ts';

/**
 * The prices below a rules folder; none if there are no files.
 *
 * @throws DaylightError ERR_RULE_INVALID, one problem a line.
 */
export function loadPrices(rulesDir: string): Prices {
  const problems: Problem[] = [];
  const read = (file: string): Prices['lists'] => {
    if (!existsSync(file)) return [];
    const document = readDocument(file);
    const parsed = parseAs(document, pricesSchema, {});
    problems.push(...document.problems);
    return parsed?.lists ?? [];
  };
  const lists = [...read(join(rulesDir, 'local', 'prices.yml')), ...read(join(rulesDir, 'prices.yml'))];
  if (problems.length > 0) throw new DaylightError('ERR_RULE_INVALID', problems.map(formatProblem).join('\n'));
  return { currency: 'USD', lists };
}
