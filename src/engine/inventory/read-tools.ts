// Finds the tools that a message lists: the result of `tools/list`, alone or in a batch, a page or the whole.
//
// A message that was cut off (longer than what is inspected) gives the tools that are complete in it, and says that it was cut.
// Bounded: the first tools of a message, whatever it holds.

import { type HashText, type ToolDefinition, toolOf } from './tool.ts';

export interface ToolList {
  tools: readonly ToolDefinition[];
  /** There was more than could be read. */
  cut: boolean;
}

/** Tools read of one message. */
export const MAX_TOOLS = 512;
const NOTHING: ToolList = Object.freeze({ tools: Object.freeze([]), cut: false });

/**
 * The tools in a JSON text.
 *
 * @param asked whether the message answers `tools/list` for sure. If not, only a list whose tools have schemas counts.
 */
export function readTools(text: string, asked: boolean, hash: HashText): ToolList {
  const document = parse(text);
  const lists = document === undefined ? [completeElements(text)] : listsIn(document);
  const found = lists.filter((list) => list.length > 0 && (asked || list.some(hasSchema))).flat();
  if (found.length === 0) return document === undefined && asked ? { tools: [], cut: true } : NOTHING;
  const tools: ToolDefinition[] = [];
  for (const each of found.slice(0, MAX_TOOLS)) {
    const tool = toolOf(each, hash);
    if (tool !== undefined) tools.push(tool);
  }
  return { tools, cut: document === undefined || found.length > MAX_TOOLS };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

function listsIn(document: unknown): unknown[][] {
  const messages = Array.isArray(document) ? document : [document];
  return messages.map((message) => {
    const tools = memberOf(memberOf(message, 'result'), 'tools');
    return Array.isArray(tools) ? tools : [];
  });
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function hasSchema(tool: unknown): boolean {
  const schema = memberOf(tool, 'inputSchema');
  return typeof schema === 'object' && schema !== null;
}

/** The objects that are whole in the list `"tools"` of a text that lacks its end. */
function completeElements(text: string): unknown[] {
  const start = /"tools"\s*:\s*\[/.exec(text);
  if (start === null) return [];
  const found: unknown[] = [];
  let depth = 0;
  let from = 0;
  let inString = false;
  for (let at = start.index + start[0].length; at < text.length && found.length <= MAX_TOOLS; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 92) at++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 123 || code === 91) {
      if (depth++ === 0) from = at;
    } else if (code === 125 || code === 93) {
      if (--depth < 0) break;
      if (depth === 0) found.push(parse(text.slice(from, at + 1)));
    }
  }
  return found;
}
