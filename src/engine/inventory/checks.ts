// The checks of tool definitions: each has a name, a level and what it looks for. Heuristics, told as such in
// docs/reference/tool-checks.md: they find what is written plainly, and what hides in characters; they do not understand language.
//
// `plain` patterns see the text as written. `words` patterns see it as a model reads it: compatibility forms unified, unseen
// characters dropped, look-alike letters mapped, small letters, one space between words, no emphasis. Every repetition is bounded,
// so that no text is slow.

export type Level = 'low' | 'medium' | 'high';

export interface Check {
  id: string;
  level: Level;
  /** What a hit means, for people. */
  meaning: string;
  plain?: readonly RegExp[];
  words?: readonly RegExp[];
}

/** Checks by pattern. What a pattern cannot tell is computed in check-tool.ts. */
export const CHECKS = [
  {
    id: 'invisible-unicode',
    level: 'high',
    meaning: 'holds characters that people do not see and models read',
  },
  {
    id: 'control-characters',
    level: 'high',
    meaning: 'holds terminal escapes or other control characters, which can hide text or drive a terminal',
  },
  {
    id: 'hidden-text',
    level: 'high',
    meaning: 'holds text that is written so that people do not see it',
    plain: [
      /style\s{0,4}=\s{0,4}["'][^"']{0,200}(?:display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden|font-size\s{0,4}:\s{0,4}0|opacity\s{0,4}:\s{0,4}0(?![.\d]))/i,
      /(?:^|\n)\[(?:\/\/|comment)\]:\s{0,4}[#<]/i,
    ],
  },
  {
    id: 'html-comment',
    level: 'high',
    meaning: 'holds a comment that renderers hide and models read',
    plain: [/<!--\s{0,20}[^\s-][\s\S]{0,120}/],
  },
  {
    id: 'override-instructions',
    level: 'high',
    meaning: 'tells the model to drop the instructions it has',
    words: [
      /\b(?:ignore|disregard|forget)\b.{0,25}\b(?:previous|prior|above|earlier|preceding|foregoing|system|developer|safety|your)\b.{0,25}\b(?:instructions?|prompts?|rules|guidelines|directives?|constraints|policies|training)\b/,
      /\b(?:ignore|disregard|forget) (?:all|any|every)(?: of)?(?: the| your| my| its| these| those| other)? (?:instructions|prompts|directives|guidelines)\b/,
      /\b(?:override|bypass|overrule|circumvent|disable)\b.{0,25}\b(?:system prompt|previous instructions|guardrails?|safety (?:rules|policies|guidelines|filters?|checks?)|instructions of the user)\b/,
      /\b(?:new|updated|real|actual|revised) (?:system )?(?:instructions|prompt|directive) ?:/,
      /\byou are now (?:in )?(?:a|an|the)? ?(?:developer|admin|root|unrestricted|jailbroken|dan|god)\b/,
    ],
  },
  {
    id: 'conceal-from-user',
    level: 'high',
    meaning: 'tells the model to keep something from the user',
    words: [
      /\b(?:do not|don't|never|must not|mustn't|should not|shouldn't|avoid|refrain from|no need to)\b.{0,15}\b(?:tell|telling|inform|informing|mention|mentioning|notify|notifying|reveal|revealing|disclose|disclosing|alert|alerting)\b[^.]{0,80}\b(?:users?|humans?|person|people|customers?|operators?|anyone|anybody)\b/,
      /\b(?:hide|conceal|withhold|obscure)\b.{0,40}\bfrom (?:the |your |any )?(?:users?|humans?|operators?|customers?|people)\b/,
      /\bkeep (?:this|that|it|these|them)\b.{0,25}\b(?:secret|hidden|confidential|between us|from the user)\b/,
      /(?<!\b(?:not|never|don't|nothing)\b.{0,60})\bwithout (?:the |your )?(?:(?:user|human|customer|operator)(?:'?s)? (?:knowledge|knowing|awareness|noticing|consent|being (?:aware|told|informed|notified))|(?:telling|informing|notifying|alerting) (?:the |your )?(?:user|human|customer|operator))\b/,
      /\b(?:silently|secretly|covertly|discreetly|quietly|surreptitiously) (?:call|send|read|run|execute|invoke|upload|forward|append|include|collect|record|copy|pass|add|fetch)\b/,
    ],
  },
  {
    id: 'exfiltration',
    level: 'high',
    meaning: 'asks for the conversation, credentials or files to be handed over',
    words: [
      /\b(?:send|post|upload|forward|transmit|include|append|attach|pass|provide|put|submit|copy|return|add)\b.{0,40}\b(?:(?:conversation|chat|message) (?:history|log|transcript|context)|(?:full|entire|whole|complete|verbatim) (?:conversation|chat|context|prompt)|system (?:prompt|instructions)|(?:previous|prior|preceding|other) (?:tool|tools'?) (?:results?|outputs?|responses?|calls?))\b/,
      /\b(?:send|post|upload|forward|transmit|exfiltrate|leak|e-?mail|submit|report)\b.{0,40}\b(?:environment variables|env vars|api[ -]?keys?|access tokens?|credentials|passwords?|private keys?|ssh keys?|secrets|cookies|session tokens?|(?:all|any|the user's|contents? of) [a-z ]{0,20}files?)\b.{0,40}\b(?:to|at|via) (?:https?:|this|the following|our|my|an? (?:external|remote|third)|[a-z0-9._-]{1,40}@|[a-z0-9-]{1,40}\.[a-z]{2,10})/,
      /\b(?:pass|include|put|place|provide|insert|append|add) (?:its|their) (?:full |entire |whole |complete )?(?:contents?|output|text)\b.{0,30}\b(?:as|in|into|to|via|through)\b/,
      /\bexfiltrat(?:e|es|ing|ion)\b/,
    ],
  },
  {
    id: 'secret-files',
    level: 'medium',
    meaning: 'names files that hold credentials or the settings of MCP clients',
    words: [
      /(?:~|\$home|\/root|%userprofile%|\/(?:home|users)\/[^ /]{1,40}) ?[/\\]\.(?:ssh|aws|gnupg|kube|netrc|npmrc|pypirc|docker|git-credentials|config\/gcloud|cursor|claude)\b/,
      /\b(?:id_rsa|id_ed25519|id_ecdsa|authorized_keys|wallet\.dat|claude_desktop_config\.json|mcp_config\.json)\b/,
      /[/\\]\.?(?:cursor|vscode|claude|windsurf)[/\\]mcp\.json\b|\/etc\/(?:shadow|passwd)\b/,
      /\b(?:read|open|cat|load|get|send|include|contents? of|fetch)\b.{0,30}(?:^|[ '"/(])\.env\b/,
    ],
  },
  {
    id: 'steers-other-tools',
    level: 'medium',
    meaning: 'gives orders about tools other than itself',
    words: [
      /\bbefore (?:using|calling|invoking|executing|running) (?:any|every|each|all)(?: of)?(?: the)?(?: other)? (?:mcp )?tools?\b/,
      /\b(?:whenever|when|every time|each time|if) (?:any|another|some other|the|an?)(?: other)? (?:[a-z_-]{1,40} )?tool(?: [a-z_]{1,40})? is (?:called|used|invoked|available|present)\b/,
      /\b(?:instead of|in place of|rather than) (?:using |calling )?(?:any|all|every|the)(?: of the)? other (?:mcp )?(?:tools?|servers?)\b/,
      /\b(?:do not|don't|never|must not) (?:use|call|invoke|trust) (?:any|the|all) other (?:mcp )?(?:tools?|servers?)\b/,
      /\btool (?:must|should|has to|needs to) (?:always )?(?:be )?(?:called|run|used|invoked|executed) (?:first|before (?:any|every|each|all|anything))\b/,
      /\b(?:change|alter|modify|affect|replace|override)s? (?:the )?(?:behaviou?r|arguments?|recipients?|output) of (?:the )?(?:other|another|any|all) (?:mcp )?(?:tools?|servers?)\b/,
    ],
  },
  {
    id: 'remote-instructions',
    level: 'medium',
    meaning: 'makes the model fetch and obey text or programs from elsewhere',
    words: [
      /\b(?:follow|obey|execute|carry out|comply with) (?:all |any |the |every |its |whatever ){0,2}(?:instructions?|commands?|directives?|orders) (?:that (?:are |is )?)?(?:found |contained |returned |given |listed |written |provided )?(?:at|from|on|inside|in) (?:the |this |that |an? )?(?:https?:|url|page|web ?site|link|remote)/,
      /\b(?:curl|wget|iwr|invoke-webrequest)\b[^|]{0,200}\| ?(?:sudo )?(?:ba|z|da)?sh\b/,
      /\b(?:iex|invoke-expression)\b.{0,60}\b(?:http|downloadstring)/,
    ],
  },
  {
    id: 'model-markup',
    level: 'medium',
    meaning: 'holds markup by which models tell roles or priorities apart',
    words: [
      /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|begin_of_text|start_header_id|end_header_id)\|>/,
      /\[\/?inst\]|<<\/?sys>>/,
      /<\/?(?:system|important|instructions?|secret|hidden|admin|critical|developer|assistant|override|function_calls?|tool_calls?)(?:[ _-][a-z_ -]{1,30})?>/,
    ],
    plain: [/\n\n(?:Human|Assistant|System): /, /(?:^|\n)#{1,4} {0,4}(?:system|new) (?:prompt|instructions?|message)\b/i],
  },
  {
    id: 'encoded-text',
    level: 'medium',
    meaning: 'holds a sentence in base64, or as escapes, which people do not read and models do',
  },
  {
    id: 'look-alike-name',
    level: 'medium',
    meaning: 'has a name that mixes alphabets, so that it can pass for another tool',
  },
  {
    id: 'oversized',
    level: 'low',
    meaning: 'is longer than what is checked',
  },
  {
    id: 'unread-list',
    level: 'medium',
    meaning: 'belongs to a list that is longer than what is inspected, so that some tools were not seen',
  },
] as const satisfies readonly Check[];

export type CheckId = (typeof CHECKS)[number]['id'];

const BY_ID = new Map<string, Check>(CHECKS.map((check) => [check.id, check]));

/** A check by its name; undefined for one that this version does not have. */
export function checkOf(id: string): Check | undefined {
  return BY_ID.get(id);
}
