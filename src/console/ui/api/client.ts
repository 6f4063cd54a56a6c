// Talks to the console's API: JSON in and out, the session's CSRF token with every change, refusals as ApiError.

/** What the API refused, or that it could not be reached (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** Part of the request that is wrong, and where in its text (counted from 0). */
  readonly field: string | undefined;
  readonly position: number | undefined;
  /** The whole answer: some refusals say more (GET /api/session). */
  readonly answer: unknown;

  constructor(status: number, refusal: Refusal, answer: unknown) {
    super(refusal.message);
    this.name = 'ApiError';
    this.status = status;
    this.code = refusal.code;
    this.field = refusal.field;
    this.position = refusal.position;
    this.answer = answer;
  }
}

interface Refusal {
  code: string;
  message: string;
  field?: string;
  position?: number;
}

export type Query = Record<string, string | number | boolean | undefined>;

export interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  query?: Query;
  body?: unknown;
  /** Version that a change builds on; the API answers 412 when there is a newer one. */
  etag?: string | undefined;
  signal?: AbortSignal;
}

/** Milliseconds after the last key or pointer in which requests count as a person's. */
const PRESENT_MS = 60_000;

let csrf = '';
let lastTouch = Date.now();

for (const event of ['pointerdown', 'keydown', 'wheel'] as const)
  addEventListener(event, () => (lastTouch = Date.now()), { passive: true, capture: true });

/** The session's token, sent with every change from now on. */
export function setCsrfToken(token: string): void {
  csrf = token;
}

/**
 * @param path below /api, e.g. `/servers`
 * @throws ApiError
 */
export async function callApi<T>(path: string, call: Call = {}): Promise<T> {
  const response = await send(path, call);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/**
 * The answer line by line, for work that takes long and says meanwhile how far it is (NDJSON).
 *
 * @throws ApiError; an answer that ends early is no error here
 */
export async function* readLines<Line>(path: string, call: Call): AsyncGenerator<Line> {
  const { body } = await send(path, call);
  let rest = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Line;
  }
  if (rest !== '') yield JSON.parse(rest) as Line;
}

/** Address of an API route, for downloads. */
export function apiUrl(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== '') params.set(key, String(value));
  const text = params.toString();
  return `/api${path}${text === '' ? '' : `?${text}`}`;
}

async function send(path: string, { method = 'GET', query, body, etag, signal }: Call): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-csrf-token'] = csrf;
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (etag !== undefined) headers['if-match'] = etag;
  // A page that refreshes itself must not keep a session alive that nobody uses.
  if (Date.now() - lastTouch > PRESENT_MS) headers['x-background'] = '1';
  let response: Response;
  try {
    response = await fetch(apiUrl(path, query), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
      credentials: 'same-origin',
      redirect: 'error',
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(
      0,
      { code: 'unreachable', message: 'Daylight cannot be reached. Is it running, and is the network up?' },
      null,
    );
  }
  if (response.ok) return response;
  throw await refusalOf(response);
}

async function refusalOf(response: Response): Promise<ApiError> {
  const answer: unknown = await response.json().catch(() => null);
  const error = (answer as { error?: Partial<Refusal> } | null)?.error;
  const message = error?.message ?? `Daylight answered ${response.status} without a reason. Its log may say more.`;
  return new ApiError(response.status, { ...error, code: error?.code ?? `http-${response.status}`, message }, answer);
}
