// Asks the server which edits it has, over a connection of its own that writes nothing: for words that were kept aside
// while the acknowledgement may have been on its way.

import * as Y from "yjs";
import { Connection } from "./connection";
import { ROOT, SCHEMA_VERSION } from "./schema";
import type { LiveToken } from "./token";

const PATIENCE_MS = 8_000;

/** The next clock of each client in the server's document; null when it does not let us know. */
export function knownEdits(address: string, name: string, token: LiveToken): Promise<((client: number) => number) | null> {
  const doc = new Y.Doc();
  doc.getXmlFragment(ROOT);
  return new Promise((resolve) => {
    const done = (isKnown: boolean) => {
      clearTimeout(timer);
      connection.end();
      resolve(isKnown ? (client) => Y.getState(doc.store, client) : null);
    };
    const timer = setTimeout(() => { done(false); }, PATIENCE_MS);
    const told = {
      changed: () => undefined,
      synced: () => { done(true); },
      stateless: () => undefined,
      closed: () => { done(false); },
      signedOut: () => { done(false); },
    };
    const connection = new Connection(address, name, doc, SCHEMA_VERSION, token, told);
    connection.awareness.setLocalState(null); // it only asks: nobody is shown as here
  });
}
