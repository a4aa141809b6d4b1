// Mounts seeds in the real yjs and y-prosemirror, without a DOM, with an editor schema made from crdt/schema.json.
// One JSON request per line on stdin {tree, client, update}, one JSON answer per line on stdout:
// {document: what the editor shows, wrote: how many updates mounting caused, written: what y-prosemirror itself writes}
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const repository = new URL('../../', import.meta.url)
const require = createRequire(new URL('static/package.json', repository))
const Y = require('yjs')
const { Schema } = require('prosemirror-model')
const { initProseMirrorDoc, prosemirrorToYXmlFragment, updateYFragment } = require('y-prosemirror')

const rules = JSON.parse(readFileSync(new URL('crdt/schema.json', repository), 'utf8'))

const attrs = described =>
  Object.fromEntries(Object.entries(described).map(([name, rule]) => [name, { default: rule.default }]))
const content = rule => {
  const names = rule.inline ? ['text', ...rule.children] : rule.children
  return names.length > 0 ? `(${names.join('|')})*` : ''
}
const schema = new Schema({
  nodes: {
    doc: { content: content(rules.document) },
    ...Object.fromEntries(Object.entries(rules.nodes).map(([name, rule]) => [name, {
      content: content(rule),
      attrs: attrs(rule.attrs),
      ...(name === 'hard_break' ? { inline: true } : {})
    }])),
    text: { inline: true }
  },
  marks: Object.fromEntries(Object.entries(rules.marks).map(([name, described]) => [name, {
    attrs: Object.fromEntries(Object.keys(described).map(key => [key, {}]))
  }]))
})

const toProseMirror = node => 'text' in node
  ? { type: 'text', text: node.text, marks: Object.entries(node.marks ?? {}).map(([type, attrs]) => ({ type, attrs })) }
  : { type: node.type, attrs: node.attrs, content: node.children.map(toProseMirror) }
const fromProseMirror = node => node.isText
  ? { text: node.text, marks: Object.fromEntries(node.marks.map(mark => [mark.type.name, mark.attrs])) }
  : { type: node.type.name, attrs: node.attrs, children: node.content.content.map(fromProseMirror) }
const hex = bytes => Buffer.from(bytes).toString('hex')

const mount = update => {
  const ydoc = new Y.Doc()
  let wrote = 0
  ydoc.on('update', (bytes, origin) => { if (origin !== 'server') wrote += 1 })
  const fragment = ydoc.getXmlFragment(rules.root)
  Y.applyUpdate(ydoc, Buffer.from(update, 'hex'), 'server')
  const { doc, meta } = initProseMirrorDoc(fragment, schema)
  doc.check()
  updateYFragment(ydoc, fragment, doc, meta)
  updateYFragment(ydoc, fragment, doc, { mapping: new Map(), isOMark: new Map() })
  return { document: fromProseMirror(doc), wrote }
}

const write = (tree, client) => {
  const ydoc = new Y.Doc()
  ydoc.clientID = client
  prosemirrorToYXmlFragment(schema.nodeFromJSON(toProseMirror(tree)), ydoc.getXmlFragment(rules.root))
  return hex(Y.encodeStateAsUpdate(ydoc))
}

for await (const line of createInterface({ input: process.stdin })) {
  const { tree, client, update } = JSON.parse(line)
  process.stdout.write(JSON.stringify({ ...mount(update), written: write(tree, client) }) + '\n')
}
