// Writes other forms of spaces, hyphens and ASCII as what patterns look for: no-break spaces group the digits of a number on web
// pages and stand before a colon in French, dashes take the place of hyphens in documents, and East Asian text has full-width digits.
//
// One character stays one character, so that places hold.

const VARIANT = /[\u00a0\u2000-\u200a\u2010-\u2015\u202f\u205f\u2212\u3000\uff01-\uff5e]/;
const VARIANTS = new RegExp(VARIANT, 'g');
/** From a full-width character to its ASCII form. */
const FULL_WIDTH = 0xfee0;

export function holdsVariants(text: string): boolean {
  return VARIANT.test(text);
}

export function unifyCharacters(text: string): string {
  return holdsVariants(text) ? text.replace(VARIANTS, plainForm) : text;
}

function plainForm(char: string): string {
  const code = char.charCodeAt(0);
  if (code >= 0xff01) return String.fromCharCode(code - FULL_WIDTH);
  return (code >= 0x2010 && code <= 0x2015) || code === 0x2212 ? '-' : ' ';
}
