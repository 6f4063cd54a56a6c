// Entra's token endpoint (client credentials grant) and the Logs Ingestion API of Azure Monitor, api-version 2023-01-01, as Microsoft
// documents them. One server plays both.

import { answerJson, type HttpReceiver, type Received, startHttpReceiver } from './http-receiver.ts';

export interface SentinelReceiver extends HttpReceiver {
  rows: Record<string, unknown>[];
  tokens: number;
  /** Tokens given until now count no more. */
  revoke(): void;
  /** Answered in place of the next uploads, one each. */
  busy: { status: number; headers?: Record<string, string> }[];
  /** Sizes of uploads before compression. */
  sizes: number[];
}

export const SENTINEL = {
  tenantId: '11111111-2222-3333-4444-555555555555',
  clientId: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  clientSecret: 's3cr~t.Value/with+signs',
  ruleId: 'dcr-0123456789abcdef0123456789abcdef',
  stream: 'Custom-Daylight_CL',
};

const LIMIT = 1024 * 1024;

export async function startSentinelReceiver(tls?: { cert: string; key: string }): Promise<SentinelReceiver> {
  let valid = '';

  function giveToken(request: Received): { status: number; body: unknown } {
    const form = new URLSearchParams(request.body.toString());
    const fail = (error: string, description: string) => ({
      status: 401,
      body: { error, error_description: description, error_codes: [7000215] },
    });
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded')
      return {
        status: 400,
        body: {
          error: 'invalid_request',
          error_description: 'AADSTS900144: The request body must contain the parameter grant_type.',
        },
      };
    if (form.get('grant_type') !== 'client_credentials' || form.get('scope') !== 'https://monitor.azure.com/.default')
      return {
        status: 400,
        body: {
          error: 'invalid_scope',
          error_description: 'AADSTS70011: The provided value for the input parameter scope is not valid.',
        },
      };
    if (form.get('client_id') !== SENTINEL.clientId || form.get('client_secret') !== SENTINEL.clientSecret)
      return fail('invalid_client', `AADSTS7000215: Invalid client secret provided: ${form.get('client_secret')}`);
    receiver.tokens++;
    valid = `eyJ.token.${receiver.tokens}`;
    return { status: 200, body: { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: valid } };
  }

  const base = await startHttpReceiver((request, response) => {
    if (request.path === `/${SENTINEL.tenantId}/oauth2/v2.0/token`) {
      const { status, body } = giveToken(request);
      return answerJson(response, status, body);
    }
    const refuse = (status: number, code: string, message: string): void =>
      answerJson(response, status, { error: { code, message } }, { 'x-ms-error-code': code });
    if (request.path !== `/dataCollectionRules/${SENTINEL.ruleId}/streams/${SENTINEL.stream}?api-version=2023-01-01`)
      return refuse(404, 'NotFound', 'Data collection rule with immutable Id not found.');
    if (request.headers.authorization !== `Bearer ${valid}`)
      return refuse(401, 'InvalidToken', 'Authentication failed: token is invalid.');
    if (request.headers['content-type'] !== 'application/json' || request.headers['content-encoding'] !== 'gzip')
      return refuse(400, 'InvalidContentType', 'Content-Type must be application/json');
    const busy = receiver.busy.shift();
    if (busy) {
      response.writeHead(busy.status, busy.headers).end();
      return;
    }
    receiver.sizes.push(request.body.length);
    if (request.body.length > LIMIT)
      return refuse(413, 'ContentLengthLimitExceeded', 'Maximum allowed content length: 1048576 bytes (1 MB).');
    const rows = JSON.parse(request.body.toString()) as Record<string, unknown>[];
    if (!Array.isArray(rows) || rows.some((row) => Number.isNaN(Date.parse(String(row.TimeGenerated)))))
      return refuse(400, 'InvalidPayload', 'Payload does not match the stream.');
    if (rows.some((row) => row.reason === 'poison')) return refuse(400, 'InvalidPayload', 'One record is malformed.');
    receiver.rows.push(...rows);
    response.writeHead(204).end();
  }, tls);
  const receiver: SentinelReceiver = Object.assign(base, {
    rows: [],
    tokens: 0,
    busy: [],
    sizes: [],
    revoke: () => {
      valid = 'revoked';
    },
  });
  return receiver;
}
