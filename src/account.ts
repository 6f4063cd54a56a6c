// Who may use the console, and what for: the shapes that accounts, the console and the commands share.

/** Weakest first. Each may do what those before it may. */
export const ROLES = ['viewer', 'analyst', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Whether somebody with `role` may do what `needed` is required for. */
export function reaches(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The weaker of two. */
export function weaker(one: Role, other: Role): Role {
  return reaches(one, other) ? other : one;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._@+-]{0,63}$/u;
const MIN_PASSWORD = 12;
/** Also keeps hashing it cheap. */
export const MAX_PASSWORD = 256;

/** What is wrong with the name of an account, as a sentence. */
export function nameProblem(name: string): string | undefined {
  if (NAME.test(name)) return undefined;
  return 'A name has 1 to 64 letters, digits, spaces or . _ @ + -, and begins with a letter or digit.';
}

/** What is wrong with a new password, as a sentence. */
export function passwordProblem(password: string): string | undefined {
  if ([...password].length < MIN_PASSWORD) return `A password needs at least ${MIN_PASSWORD} characters, e.g. four words.`;
  if (password.length > MAX_PASSWORD) return `A password may have at most ${MAX_PASSWORD} characters.`;
  if (new Set(password).size < 5) return 'This password repeats too few characters.';
  return undefined;
}

/** Whoever sent a request. */
export interface Who {
  name: string;
  role: Role;
  via: 'session' | 'token';
}

export interface Account {
  name: string;
  role: Role;
  /** Where the account is checked: here, or by the OpenID provider. */
  provider: 'password' | 'oidc';
  /** A second factor is asked for. */
  totp: boolean;
  /** Epoch milliseconds; `lastSignIn` is 0 if there was none. */
  created: number;
  lastSignIn: number;
}

export interface Session {
  account: Account;
  /** To be sent with every change (header X-CSRF-Token). */
  csrf: string;
}

export interface ApiToken {
  id: string;
  /** What its owner calls it. */
  name: string;
  /** Name of the account. */
  owner: string;
  /** The weaker of what the token was made for and what its owner may now. */
  role: Role;
  /** Epoch milliseconds; `lastUsed` is exact to a minute, 0 if it was never used. */
  created: number;
  expires: number;
  lastUsed: number;
}

/** A token with which programs say on whose behalf they use the proxy, as people see it in lists. */
export interface ProxyToken {
  id: string;
  /** What it is for, in the words of whoever made it. */
  name: string;
  /** On whose behalf requests with it are made. */
  user: string;
  /** Groups of the user: those given with the token, and those that the last sign-in told. */
  groups: readonly string[];
  /** Who made it. */
  issuer: string;
  /** Epoch milliseconds; `lastUsed` is exact to a minute or so, 0 if it was never used. */
  created: number;
  expires: number;
  lastUsed: number;
}

/** What is needed to verify a token. */
export interface IssuedToken {
  id: string;
  /** hashProxyToken (proxy-token.ts) of the whole text. */
  hash: string;
  user: string;
  groups: readonly string[];
  /** Epoch milliseconds. */
  expires: number;
}

/** A link that can be used once. */
export interface Invite {
  /** Secret: in the fragment of the link, and nowhere else. */
  token: string;
  /** `invite` makes an account, `reset` gives the account `name` a new password. */
  kind: 'invite' | 'reset';
  role: Role;
  /** '' for an invite. */
  name: string;
  /** Epoch milliseconds. */
  expires: number;
}

/** What becomes an entry of the audit log. */
export interface AccessAct {
  /** Who did it; '' for somebody whom nobody knows. */
  actor: string;
  action: string;
  objectType: 'account' | 'session' | 'token' | 'invite' | 'proxy-token';
  objectId: string;
  reason: string;
  before?: string;
  after?: string;
  outcome?: 'success' | 'denied';
}

export interface Credentials {
  name: string;
  password: string;
  /** The six digits of the second factor. */
  totp?: string | undefined;
  /** Where they come from. */
  address: string;
}

/** Somebody as an OpenID provider describes them. */
export interface OidcPerson {
  issuer: string;
  /** `sub`: the only thing that stays the same. */
  subject: string;
  name: string;
  /** As the provider names them. */
  groups: readonly string[];
  /** What their groups make them; undefined when no listed group is among them. */
  role: Role | undefined;
}

/** The way through an OpenID provider. */
export interface OidcSignIn {
  /** The strongest that its groups can give. */
  role: Role;
  /** Where to send the browser, and what it has to bring back (secret, sealed). */
  begin(): Promise<{ url: string; pending: string }>;
  /** @param query what the provider sent back with the browser; @throws Error if signing in did not work */
  finish(query: string, pending: string): Promise<OidcPerson>;
}

export type SignIn =
  | { is: 'in'; id: string; session: Session }
  /** Name, password or code; which of them is not said. */
  | { is: 'wrong' }
  /** The password is right. */
  | { is: 'totp-required' }
  /** Seconds after which it makes sense to try again. */
  | { is: 'too-many'; retryAfter: number };

/** The tokens with which programs say on whose behalf they use the proxy. */
export interface ProxyTokenDesk {
  /** Newest first. @param user those of this account alone */
  list(user?: string): ProxyToken[];
  issue(
    wish: { user: string; name: string; groups: readonly string[]; days: number },
    by: string,
  ): ProxyToken & { token: string };
  revoke(id: string, by: string): void;
  /** Another number after each change of what counts, whichever process made it. */
  version(): number;
  inForce(): IssuedToken[];
  markUsed(ids: readonly string[]): void;
}

/** Changes say who makes them: that is in the audit log. Each throws DaylightError ERR_USAGE for what cannot be done. */
export interface Access {
  signIn(credentials: Credentials): Promise<SignIn>;
  /** A session for somebody whom the provider vouches for; undefined if they may not use Daylight. */
  signInWithOidc(person: OidcPerson, address: string): { id: string; session: Session } | undefined;
  /** Makes the account (or sets the new password) and signs in; undefined for a link that is used, expired or unknown. */
  acceptInvite(token: string, name: string, password: string, address: string): Promise<SignIn | undefined>;
  /** @param touch false: this request does not count as activity */
  session(id: string, touch: boolean): Session | undefined;
  signOut(id: string, everywhere: boolean): void;

  /** Ends the account's other sessions. The old password counts as an attempt. */
  changePassword(id: string, old: string, password: string, address: string): Promise<SignIn>;
  /** A secret to be confirmed with a code. @throws DaylightError ERR_USAGE while there is a second factor already */
  offerTotp(name: string): { secret: string; url: string };
  confirmTotp(name: string, code: string): boolean;
  /** A session alone does not do: it may be somebody else's by now. The password counts as an attempt. */
  removeTotp(id: string, password: string, address: string): Promise<SignIn>;

  accounts(): Account[];
  changeRole(name: string, role: Role, by: string): Account;
  removeAccount(name: string, by: string): void;
  invite(role: Role, by: string): Invite;
  /** A link for the first administrator, in place of earlier ones; undefined once there is an administrator. */
  firstInvite(): Invite | undefined;
  /** Whoever has the link sets a new password; that also ends sessions and removes the second factor. */
  inviteToReset(name: string, by: string): Invite;

  tokens(owner?: string): ApiToken[];
  createToken(owner: string, wanted: { name: string; role: Role; days: number }): ApiToken & { token: string };
  removeToken(id: string, by: string): void;
  token(text: string): { token: ApiToken; account: Account } | undefined;
  proxyTokens: ProxyTokenDesk;
  /** Remembers where the console is, for links that commands make. */
  servedAt(url: string): void;
  /** '' if no appliance ever ran on this data. */
  consoleUrl(): string;
  close(): void;
}
