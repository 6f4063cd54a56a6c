// The log: one JSON object a line on stderr. Everything that could carry a credential is masked here, whoever logs it.

import { type Logger, pino } from 'pino';

export type Log = Logger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const SECRET_KEYS = [
  'password',
  'token',
  'secret',
  'key',
  'authorization',
  'cookie',
  '["proxy-authorization"]',
  '["set-cookie"]',
  '["x-api-key"]',
  '["mcp-session-id"]',
];

/**
 * A structured log at `level`.
 *
 * @param file where it is written, stderr by default. Writes are synchronous: the last line before a crash is the one that matters.
 */
export function createLog(level: LogLevel, file: number | string = 2): Log {
  const paths = SECRET_KEYS.flatMap((key) => {
    const below = key.startsWith('[') ? key : `.${key}`;
    return [key, `*${below}`, `*.*${below}`];
  });
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, censor: '[hidden]' },
    },
    pino.destination({ dest: file, sync: true }),
  );
}
