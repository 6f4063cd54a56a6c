// Reads an event stream (text/event-stream) as it arrives, after the HTML standard, section 9.2.6.
//
// Lines end in CRLF, LF or CR, wherever the input is split; a byte order mark at the start, comments, `retry` and unknown fields
// are passed over. An event that grows beyond `maxEvent` characters is delivered cut, marked `truncated`.

export interface SseEvent {
  /** Name of the event; `message` when there is no `event` field. */
  event: string;
  data: string;
  /** Last event id in force. */
  id: string;
  /** The data was longer than the bound. */
  truncated: boolean;
}

export interface SseParser {
  /** Takes decoded text and returns the events that it completes. */
  push(text: string): SseEvent[];
}

/** @param options.maxEvent characters of data kept for one event; 1 Mi unless told. */
export function createSseParser(options: { maxEvent?: number } = {}): SseParser {
  const maxEvent = options.maxEvent ?? 1_048_576;
  let line = '';
  let started = false;
  let skipLineFeed = false;
  let event = '';
  let id = '';
  let data: string[] = [];
  let size = 0;
  let truncated = false;

  function addData(value: string): void {
    const room = maxEvent - size;
    if (value.length > room) truncated = true;
    if (room <= 0 && data.length > 0) return;
    data.push(value.length > room ? value.slice(0, Math.max(0, room)) : value);
    size += value.length + 1;
  }

  function takeLine(text: string, events: SseEvent[]): void {
    if (text === '') {
      if (data.length > 0) events.push({ event: event || 'message', data: data.join('\n'), id, truncated });
      event = '';
      data = [];
      size = 0;
      truncated = false;
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1);
    if (field === 'data') addData(value);
    else if (field === 'event') event = value.slice(0, 256);
    else if (field === 'id' && !value.includes('\0')) id = value.slice(0, 1024);
  }

  return {
    push(text) {
      const events: SseEvent[] = [];
      let at = 0;
      if (!started && text.length > 0) {
        started = true;
        if (text.charCodeAt(0) === 0xfeff) at = 1;
      }
      let from = at;
      for (; at < text.length; at++) {
        const code = text.charCodeAt(at);
        if (code !== 10 && code !== 13) {
          skipLineFeed = false;
          continue;
        }
        if (code === 10 && skipLineFeed) {
          skipLineFeed = false;
          from = at + 1;
          continue;
        }
        skipLineFeed = code === 13;
        takeLine(line + text.slice(from, at), events);
        line = '';
        from = at + 1;
      }
      if (from < text.length) {
        // A line without end must not grow for ever: what is beyond the bound cannot be delivered anyway.
        if (line.length <= maxEvent + 64) line += text.slice(from);
        else truncated = true;
      }
      return events;
    },
  };
}
