// What a call to a model API asks for: model, stream, tools. Nothing of the prompt is kept.

import { createJsonScanner } from '../signals/json-scanner.ts';
import { isList, isObject, type JsonOutline, type Keep, memberOf, type Outline, textOf } from '../signals/outline.ts';
import type { ModelApi } from './model-api.ts';

export interface ModelRequest {
  model: string;
  stream: boolean;
  /** How many tools are offered. */
  toolCount: number;
  /** Names of the first of them; of a tool without a name its type. */
  tools: readonly string[];
}

const MAX_TOOLS = 512;
const TOOLS_NAMED = 64;
const MAX_NAME = 128;

const LEAF: Keep = {};
const NAME: Keep = { members: new Map([['name', LEAF]]) };
const NAMES: Keep = { elements: NAME, limit: MAX_TOOLS, containersOnly: true };
const TOOLS: Keep = {
  elements: {
    members: new Map([
      ...(['type', 'name'] as const).map((name) => [name, LEAF] as const),
      ...(['function', 'toolSpec'] as const).map((name) => [name, NAME] as const),
      ...(['functionDeclarations', 'function_declarations', 'tools'] as const).map((name) => [name, NAMES] as const),
    ]),
  },
  limit: MAX_TOOLS,
  containersOnly: true,
};
/** Members of which one holds the question. */
const QUESTION = [
  'messages',
  'input',
  'prompt',
  'contents',
  'content',
  'requests',
  'inputText',
  'texts',
  'message',
  'previous_response_id',
];
const REQUEST: Keep = {
  members: new Map<string, Keep>([
    ...['model', 'stream', ...QUESTION].map((name): [string, Keep] => [name, LEAF]),
    ['tools', TOOLS],
    ['toolConfig', { members: new Map([['tools', TOOLS]]) }],
  ]),
};

/** @param outline of a body that is longer than `text` @returns undefined if the body is none of such a call */
export function readModelRequest(api: ModelApi, text: string, outline?: JsonOutline): ModelRequest | undefined {
  const root = outline?.root ?? outlineOf(text).root;
  const model = textOf(root, 'model').slice(0, 256) || api.model;
  if (!isObject(root) || model === '' || !QUESTION.some((name) => Object.hasOwn(root, name))) return undefined;
  const offered = [...items(root, 'tools'), ...items(memberOf(root, 'toolConfig'), 'tools')].flatMap(namesOf);
  return {
    model,
    stream: api.streams || memberOf(root, 'stream') === true || (api.form.startsWith('ollama') && isStreamByDefault(api, root)),
    toolCount: offered.length,
    tools: offered.slice(0, TOOLS_NAMED),
  };
}

/** Ollama streams unless it is told not to; embeddings are never streamed. */
function isStreamByDefault({ form }: ModelApi, root: Outline): boolean {
  return form !== 'ollama-embed' && memberOf(root, 'stream') !== false;
}

function namesOf(tool: Outline): string[] {
  const inner = ['functionDeclarations', 'function_declarations', 'tools'].flatMap((name) => items(tool, name));
  if (inner.length > 0) return inner.map(nameOf);
  return [nameOf(tool)];
}

function nameOf(tool: Outline): string {
  const name =
    textOf(tool, 'name') ||
    textOf(memberOf(tool, 'function'), 'name') ||
    textOf(memberOf(tool, 'toolSpec'), 'name') ||
    textOf(tool, 'type');
  return name.slice(0, MAX_NAME);
}

function items(owner: Outline | undefined, name: string): readonly Outline[] {
  const list = memberOf(owner, name);
  return isList(list) ? list : [];
}

function outlineOf(text: string): JsonOutline {
  const scanner = createJsonScanner({ keep: REQUEST });
  scanner.push(text);
  scanner.end();
  return scanner.outline();
}
