// The real yjs and y-prosemirror, without a DOM, with the schema of the page's own editor.
// One JSON request per line on stdin, one JSON answer per line on stdout:
// {tree, client, update}: mounts a seed. Answers {document: what the editor shows, wrote: how many updates mounting
//   caused, written: what y-prosemirror itself writes}
// {update, wishes}: lets one person after the other turn the seed into each tree, none knowing of the rest, then
//   merges. Answers {document, updates: what each of them sent}
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const repository = new URL('../../', import.meta.url)
const require = createRequire(new URL('static/package.json', repository))
const Y = require('yjs')
const { initProseMirrorDoc, prosemirrorToYXmlFragment, updateYFragment } = require('y-prosemirror')

const bundle = require('esbuild').buildSync({
  entryPoints: [fileURLToPath(new URL('static/src/schema.ts', repository))],
  bundle: true,
  format: 'cjs',
  packages: 'external',
  platform: 'node',
  write: false
})
const editor = { exports: {} }
new Function('module', 'exports', 'require', bundle.outputFiles[0].text)(editor, editor.exports, require)
const { ROOT, schema } = editor.exports

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
  const fragment = ydoc.getXmlFragment(ROOT)
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
  prosemirrorToYXmlFragment(schema.nodeFromJSON(toProseMirror(tree)), ydoc.getXmlFragment(ROOT))
  return hex(Y.encodeStateAsUpdate(ydoc))
}

const meet = (update, wishes) => {
  const updates = wishes.map(({ tree, client }) => {
    const ydoc = new Y.Doc()
    ydoc.clientID = client
    const fragment = ydoc.getXmlFragment(ROOT)
    Y.applyUpdate(ydoc, Buffer.from(update, 'hex'))
    const before = Y.encodeStateVector(ydoc)
    const { meta } = initProseMirrorDoc(fragment, schema)
    updateYFragment(ydoc, fragment, schema.nodeFromJSON(toProseMirror(tree)), meta)
    return hex(Y.encodeStateAsUpdate(ydoc, before))
  })
  return { document: mount(hex(Y.mergeUpdates([update, ...updates].map(bytes => Buffer.from(bytes, 'hex'))))).document, updates }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { tree, client, update, wishes } = JSON.parse(line)
  const answer = wishes ? meet(update, wishes) : { ...mount(update), written: write(tree, client) }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
