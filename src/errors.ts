// The one error class of Daylight. A caller tells errors apart by `code`; people read `message`, which holds the offending
// value and the fix.

export type ErrorCode =
  | 'ERR_CONFIG_INVALID'
  | 'ERR_RULE_INVALID'
  | 'ERR_POLICY_INVALID'
  | 'ERR_HAR_INVALID'
  | 'ERR_USAGE'
  | 'ERR_LISTEN'
  | 'ERR_CA'
  | 'ERR_AUTHORITY_INVALID'
  | 'ERR_ADDRESS_REFUSED'
  | 'ERR_PORT_REFUSED'
  | 'ERR_CLIENT_REFUSED'
  | 'ERR_CLIENT_TLS'
  | 'ERR_IDENTITY'
  | 'ERR_DNS'
  | 'ERR_UPSTREAM_CONNECT'
  | 'ERR_UPSTREAM_TLS'
  | 'ERR_UPSTREAM_PROTOCOL'
  | 'ERR_UPSTREAM_TIMEOUT'
  | 'ERR_MISDIRECTED'
  | 'ERR_LOOP'
  | 'ERR_HTTP_SYNTAX'
  | 'ERR_HTTP_LIMIT'
  | 'ERR_TIMEOUT'
  | 'ERR_STORE'
  | 'ERR_ENGINE_MISSING'
  | 'ERR_SPOOL'
  | 'ERR_MIGRATION'
  | 'ERR_NOT_RUNNING'
  | 'ERR_CONSOLE_BUILD'
  | 'ERR_BACKUP';

export class DaylightError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DaylightError';
    this.code = code;
  }
}
