// How the demo speaks: to a person, or in lines of JSON.

import type { StoredEvent } from '../../store/rows.ts';
import { eventTable } from '../events.ts';
import { paint, print, printJson, visible } from '../output.ts';
import type { ClientReport } from './client.ts';

/** How the demo speaks. */
export interface Teller {
  step(text: string): void;
  fact(label: string, text: string): void;
  client(name: string, report: ClientReport): void;
  events(events: readonly StoredEvent[]): void;
  note(text: string): void;
  end(seconds: number): void;
}

let steps = 0;

export const tellPerson: Teller = {
  step: (text) => print(`\n${paint('bold', `${++steps}. ${text}`)}`),
  fact: (label, text) => print(`   ${label.padEnd(11)} ${text}`),
  client(name, { ok, server, protocol, text }) {
    const mark = ok ? paint('green', 'passed ') : paint('red', 'stopped');
    const who = server ? `${server}, revision ${protocol}: ` : '';
    print(`   ${mark} ${name}\n           ${visible(`${who}${text}`)}`);
  },
  events: (events) => print(eventTable(events).replace(/^/gm, '   ')),
  note: (text) => print(`   ${visible(text)}`),
  end(seconds) {
    print(`\nDone in ${seconds.toFixed(1)} s. Everything was stopped and the temporary folder removed.`);
    print(`
Try next:
  bin/daylight start                         run it for real; it says how to point clients at it
  bin/daylight events tail                   watch what it sees
  bin/daylight explain URL                   why a server is judged as it is
  bin/daylight rules list                    what is recognised`);
  },
};

export const tellJson: Teller = {
  step: (text) => printJson({ step: text }),
  fact: (label, text) => printJson({ fact: label, text }),
  client: (name, report) => printJson({ client: name, ...report }),
  events(events) {
    for (const event of events) printJson({ event });
  },
  note: (text) => printJson({ note: text }),
  end: (seconds) => printJson({ done: true, seconds }),
};
