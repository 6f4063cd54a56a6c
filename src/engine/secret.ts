// Tells by name or by shape whether a part of a URL is a credential. Errs on the side of hiding: a URL that loses an opaque
// identifier is still readable, a stored key is a leak.
//
// By shape, in this order:
//   1. longer than 512 characters
//   2. a known form: JWT, prefix of a vendor's keys, UUID
//   3. random: 24 or more hexadecimal digits, or 20 or more characters that mix classes as no word or slug does

const MAX_LENGTH = 512;

/** Last word of a parameter name. `key` is one because `apiKey`, `api_key`, `subscription-key` and `key` all end in it. */
const SECRET_WORDS = new Set(
  (
    'key keys apikey token tokens secret secrets password passwd pwd pass passphrase credential credentials signature sig hmac ' +
    'auth authorization code otp pin jwt sid sessionid session ticket assertion verifier nonce state bearer cookie csrf xsrf ' +
    'apitoken accesstoken authtoken idtoken refreshtoken accesskey secretkey privatekey clientsecret jsessionid phpsessid saml samlresponse'
  ).split(' '),
);
/** These end in a secret word and hold none. */
const PLAIN_NAMES = new Set([
  'maxtokens',
  'sortkey',
  'primarykey',
  'foreignkey',
  'partitionkey',
  'zipcode',
  'postcode',
  'countrycode',
  'statuscode',
  'languagecode',
]);

/** No name without one of these can be a secret one; most names end here. */
const HINT =
  /key|token|secret|pass|pwd|cred|sig|hmac|auth|code|otp|pin|jwt|sid|session|ticket|assert|verif|nonce|state|bearer|cookie|srf|saml/i;

/** Whether a parameter of this name holds a credential, a session or a one-time value. */
export function namesSecret(name: string): boolean {
  if (name.length > 100 || !(HINT.test(name) || name.includes('%'))) return false;
  const words = decodeLeniently(name)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const whole = words.join('');
  if (PLAIN_NAMES.has(whole)) return false;
  const last = words.at(-1) ?? '';
  if (SECRET_WORDS.has(last) || SECRET_WORDS.has(whole)) return true;
  // `session_id`, `sessionId`: the word before `id` decides; `X-Amz-Signature`: any word does; `password1`: digits do not count.
  const beforeId = last === 'id' ? words.at(-2) : undefined;
  return (
    beforeId === 'session' ||
    beforeId === 'secret' ||
    words.some((word) => LOUD_WORDS.test(word)) ||
    SECRET_WORDS.has(last.replace(/\d+$/, ''))
  );
}

const LOUD_WORDS =
  /^(api|access|auth|secret|private)?(password|passwd|secret|apikey|signature|credential)s?$|(token|secret|password|apikey)$/;

/** Forms that name themselves. Each is anchored, and every repetition ends where the next part begins: linear. */
const KNOWN_FORMS: readonly RegExp[] = [
  /^eyJ[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_-]*){0,4}$/,
  /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  /^(ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}$/,
  /^github_pat_[A-Za-z0-9_]{20,}$/,
  /^xox[abeoprs]-[A-Za-z0-9-]{8,}$/,
  /^(AKIA|ASIA|AGPA|AROA)[A-Z0-9]{12,}$/,
  /^AIza[A-Za-z0-9_-]{20,}$/,
  /^ya29\.[A-Za-z0-9_.-]+$/,
  /^SG\.[A-Za-z0-9_.-]{16,}$/,
  /^(bot)?\d{6,12}:[A-Za-z0-9_-]{30,}$/,
];
/** Prefixes of vendors' keys. They count before a tail that no word has: 20 characters in all, with a digit. */
const PREFIXED =
  /^(sk|pk|rk|whsec|key|secret|token|pat|tok|api|apikey|access|bearer|mcp|fc|pplx|tvly|nvapi|xai|gsk|figd|glpat|lin|phx|phc|npm|hf|r8|dp|bb|apify|ctx7sk|shpat|sntrys|dop|rnd|ntn|sbp|re|uk|ak|cb|at)[-_][A-Za-z0-9_-]+$/;
const SHORTEST_PREFIXED = 20;

/** Whether a path segment or a parameter value looks like a credential. */
export function looksSecret(text: string): boolean {
  if (text.length < 16) return false;
  if (text.length > MAX_LENGTH) return true;
  const plain = decodeLeniently(text);
  if (KNOWN_FORMS.some((form) => form.test(plain))) return true;
  if (plain.length >= SHORTEST_PREFIXED && /\d/.test(plain) && PREFIXED.test(plain) && !isSlug(plain)) return true;
  return plain.split(/[/:,.~!*'()\s=@|&?]+/).some(looksRandom);
}

function looksRandom(part: string): boolean {
  if (part.length < 20) return false;
  const digits = count(part, /\d/g);
  if (/^[0-9a-f]+$/i.test(part)) return part.length >= 24 && digits > 0 && digits < part.length;
  if (!/^[A-Za-z0-9+_-]+$/.test(part) || isSlug(part)) return false;
  const upper = count(part, /[A-Z]/g);
  const lower = count(part, /[a-z]/g);
  // Words in camel case have long runs of small letters, random text has short ones.
  if (upper >= 4 && lower >= 4 && lower < 3 * count(part, /[a-z]+/g)) return true;
  return digits >= 2 && upper + lower >= 4 && switches(part) * 6 >= part.length;
}

/** Words, version numbers and years joined by hyphens or underscores: every chunk is all letters or all digits. */
function isSlug(text: string): boolean {
  const chunks = text.split(/[-_+]/);
  return (
    chunks.length > 1 &&
    chunks.every((chunk) => chunk.length <= 16 && /^([a-z]*|[A-Z]*|[A-Z][a-z]*|\d{0,8}|v\d{1,4}|[a-z]+\d{1,2})$/.test(chunk))
  );
}

/** How often the class of character (upper, lower, digit) changes from one character to the next. */
function switches(text: string): number {
  let changes = 0;
  let previous = '';
  for (const char of text) {
    const kind = char >= '0' && char <= '9' ? 'd' : char >= 'a' && char <= 'z' ? 'l' : char >= 'A' && char <= 'Z' ? 'u' : '';
    if (kind !== '' && previous !== '' && kind !== previous) changes += 1;
    if (kind !== '') previous = kind;
  }
  return changes;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** Percent-decoding that takes what it can: malformed escapes stay. */
export function decodeLeniently(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}
