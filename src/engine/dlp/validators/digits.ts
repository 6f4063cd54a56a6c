// Arithmetic on digits that several checks share.

const SEPARATORS = /[\s./-]+/g;

/** The text without spaces, dots, slashes and hyphens, in capital letters. */
export function compact(text: string): string {
  return text.replace(SEPARATORS, '').toUpperCase();
}

/** The digits of a text that holds nothing but digits and separators; undefined if it holds anything else or another number of digits. */
export function digitsOf(text: string, ...lengths: readonly number[]): number[] | undefined {
  const plain = compact(text);
  if (!/^\d+$/.test(plain) || (lengths.length > 0 && !lengths.includes(plain.length))) return undefined;
  return [...plain].map(Number);
}

/** Sum of each digit times its weight; digits beyond the weights do not count. */
export function weigh(digits: readonly number[], weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * (digits[at] ?? 0), 0);
}

/** One digit all through. No issuer gives out such numbers; people type them. */
export function isUniform(digits: readonly number[]): boolean {
  return digits.every((digit) => digit === digits[0]);
}

/** Luhn's formula, ISO/IEC 7812-1 annex B: every second digit from the right doubled, the sum divisible by ten. */
export function passesLuhn(digits: readonly number[]): boolean {
  let sum = 0;
  for (let at = digits.length - 1, double = false; at >= 0; at -= 1, double = !double) {
    const digit = digits[at] ?? 0;
    sum += double ? digit * 2 - (digit > 4 ? 9 : 0) : digit;
  }
  return sum % 10 === 0;
}
