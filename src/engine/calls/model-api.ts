// Which addresses are those of model APIs: whose, and in which form. Told by path; who serves the model, by host.
//
// Any host may serve one of these forms (vLLM, Ollama, LiteLLM, a gateway), so the path alone does not make a call: the body of the
// request has to fit as well (model-request.ts).

import { remember } from '../remember.ts';
import { splitUrl } from '../url.ts';

export type ApiForm =
  | 'chat-completions'
  | 'completions'
  | 'responses'
  | 'embeddings'
  | 'messages'
  | 'generate-content'
  | 'embed-content'
  | 'vertex-predict'
  | 'bedrock-invoke'
  | 'bedrock-converse'
  | 'ollama-chat'
  | 'ollama-generate'
  | 'ollama-embed'
  | 'cohere-chat'
  | 'cohere-embed';

export interface ModelApi {
  form: ApiForm;
  provider: string;
  /** As the path names it, '' if the body does. */
  model: string;
  /** The path asks for a stream. */
  streams: boolean;
}

/** Hosts, exact or by suffix (`.suffix`), and who serves models there. The first that fits counts. */
const PROVIDERS: readonly (readonly [host: string, provider: string])[] = [
  ['api.openai.com', 'openai'],
  ['.api.openai.com', 'openai'],
  ['chatgpt.com', 'openai'],
  ['api.anthropic.com', 'anthropic'],
  ['generativelanguage.googleapis.com', 'google'],
  ['aiplatform.googleapis.com', 'google-vertex'],
  ['-aiplatform.googleapis.com', 'google-vertex'],
  ['.mistral.ai', 'mistral'],
  ['.openai.azure.com', 'azure'],
  ['.openai.azure.us', 'azure'],
  ['.cognitiveservices.azure.com', 'azure'],
  ['.services.ai.azure.com', 'azure'],
  ['.models.ai.azure.com', 'azure'],
  ['.amazonaws.com', 'bedrock'],
  ['api.githubcopilot.com', 'github'],
  ['.githubcopilot.com', 'github'],
  ['models.github.ai', 'github'],
  ['openrouter.ai', 'openrouter'],
  ['api.groq.com', 'groq'],
  ['api.together.xyz', 'together'],
  ['api.together.ai', 'together'],
  ['api.fireworks.ai', 'fireworks'],
  ['api.deepseek.com', 'deepseek'],
  ['api.x.ai', 'xai'],
  ['.api.x.ai', 'xai'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.cohere.com', 'cohere'],
  ['api.cohere.ai', 'cohere'],
  ['api.cerebras.ai', 'cerebras'],
  ['.sambanova.ai', 'sambanova'],
  ['integrate.api.nvidia.com', 'nvidia'],
  ['router.huggingface.co', 'huggingface'],
  ['.moonshot.ai', 'moonshot'],
  ['.moonshot.cn', 'moonshot'],
  ['.aliyuncs.com', 'alibaba'],
  ['api.z.ai', 'zhipu'],
  ['open.bigmodel.cn', 'zhipu'],
  ['ollama.com', 'ollama'],
];

/** What the path ends in, by its last segment. `rest` is the path up to that segment. */
const BY_SEGMENT: Readonly<Record<string, (rest: string) => ApiForm | undefined>> = {
  completions: (rest) => (/\/(chat|fim|agents)\/$/.test(rest) ? 'chat-completions' : 'completions'),
  responses: () => 'responses',
  embeddings: (rest) => (rest.endsWith('/api/') ? 'ollama-embed' : 'embeddings'),
  messages: (rest) => (rest.endsWith('/v1/') ? 'messages' : undefined),
  chat: (rest) => (rest.endsWith('/api/') ? 'ollama-chat' : /\/v[12]\/$/.test(rest) ? 'cohere-chat' : undefined),
  generate: (rest) => (rest.endsWith('/api/') ? 'ollama-generate' : undefined),
  embed: (rest) => (rest.endsWith('/api/') ? 'ollama-embed' : /\/v[12]\/$/.test(rest) ? 'cohere-embed' : undefined),
  invoke: (rest) => (BEDROCK.test(rest) ? 'bedrock-invoke' : undefined),
  'invoke-with-response-stream': (rest) => (BEDROCK.test(rest) ? 'bedrock-invoke' : undefined),
  converse: (rest) => (BEDROCK.test(rest) ? 'bedrock-converse' : undefined),
  'converse-stream': (rest) => (BEDROCK.test(rest) ? 'bedrock-converse' : undefined),
};
const BEDROCK = /\/model\/([^/]+)\/$/;

const BY_VERB: Readonly<Record<string, ApiForm>> = {
  generateContent: 'generate-content',
  streamGenerateContent: 'generate-content',
  embedContent: 'embed-content',
  batchEmbedContents: 'embed-content',
  rawPredict: 'vertex-predict',
  streamRawPredict: 'vertex-predict',
};

/** The model API at an absolute URL; undefined for most. */
export const modelApiOf: (url: string) => ModelApi | undefined = remember(readAddress);

function readAddress(url: string): ModelApi | undefined {
  const { host, path } = splitUrl(url);
  const at = path.lastIndexOf('/') + 1;
  const last = path.slice(at);
  const rest = path.slice(0, at);
  const colon = last.lastIndexOf(':');
  if (colon > 0) {
    const verb = last.slice(colon + 1);
    const form = Object.hasOwn(BY_VERB, verb) ? BY_VERB[verb] : undefined;
    return form && { form, provider: providerOf(host), model: decoded(last.slice(0, colon)), streams: verb.startsWith('stream') };
  }
  const form = Object.hasOwn(BY_SEGMENT, last) ? BY_SEGMENT[last]?.(rest) : undefined;
  if (form === undefined) return undefined;
  const named = BEDROCK.exec(rest) ?? /\/deployments\/([^/]+)\//.exec(rest);
  return { form, provider: providerOf(host), model: decoded(named?.[1] ?? ''), streams: last.endsWith('-stream') };
}

/** Who serves models at a host; `other` if that is not known. */
export function providerOf(host: string): string {
  for (const [name, provider] of PROVIDERS) {
    if (/^[.-]/.test(name) ? host.endsWith(name) : host === name) return provider;
  }
  return 'other';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).slice(0, 256);
  } catch {
    return text.slice(0, 256);
  }
}
