// A stock browser reading what the server let through: reads one JSON list of updates (hex) per line from stdin,
// prints one JSON line each (the root's name may be given): the tree it shows, its clocks, and whether anything is missing. Dies if Yjs does.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../clients/package.json', import.meta.url))
const Y = require('yjs')

function tree (parent) {
  return parent.toArray().flatMap((child) => child instanceof Y.XmlText
    ? child.toDelta().map(({ insert, attributes }) => ({ text: insert, marks: attributes ?? {} }))
    : [{ type: child.nodeName, attrs: child.getAttributes(), children: tree(child) }])
}

for (const line of readFileSync(0, 'utf8').split('\n')) {
  if (line === '') continue
  const doc = new Y.Doc({ gc: false })
  doc.on('afterTransaction', (transaction) => { transaction._needFormattingCleanup = false })
  for (const update of JSON.parse(line)) Y.applyUpdate(doc, Buffer.from(update, 'hex'))
  const newcomer = new Y.Doc()
  Y.applyUpdate(newcomer, Y.encodeStateAsUpdate(doc))
  process.stdout.write(JSON.stringify({
    tree: { type: 'doc', children: tree(doc.getXmlFragment(process.argv[2] ?? 'prosemirror')) },
    vector: Buffer.from(Y.encodeStateVector(doc)).toString('hex'),
    newcomer: Buffer.from(Y.encodeStateVector(newcomer)).toString('hex').length,
    missing: doc.store.pendingStructs !== null || doc.store.pendingDs !== null
  }) + '\n')
}
