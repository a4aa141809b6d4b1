// Honest people at work: stock yjs and y-prosemirror with our schema, several clients, random edits, bad networks.
// Prints one JSON line per history: every update in the order in which a server gets it, and how the text ends.
// Usage: node honest_updates.mjs FIRST_SEED COUNT EDITS
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../clients/package.json', import.meta.url))
const Y = require('yjs')
const { Schema, Slice, Fragment } = require('prosemirror-model')
const { EditorState, TextSelection } = require('prosemirror-state')
const { canSplit, canJoin, liftTarget, findWrapping } = require('prosemirror-transform')
const { ySyncPlugin, yUndoPlugin, yUndoPluginKey } = require('y-prosemirror')

const described = JSON.parse(readFileSync(new URL('../../crdt/schema.json', import.meta.url)))
const SNIPPETS = [
  'a', 'e', ' ', 't', 'th', 'reads aloud', '. ', 'Jamie', 'é', 'naïve', '😀', '😁', '👩‍👧', '🇬🇧', '👍🏽', '\u202e', 'مرحبا', 'שלום', 'ज़', 'e\u0301',
  '\ufffd', '𝒳y', '\u200d', '  ', '\t', '日本', 'Ω', '"', '\\', '\u0000', '\u2028'
]
const LINKS = ['https://example.org/a?b=c&d', 'mailto:someone@example.org', 'tel:+441234']

function schema () {
  const content = (node) => {
    const names = (node.inline ? ['text'] : []).concat(node.children).sort((a, b) => (b === 'paragraph') - (a === 'paragraph'))
    return names.length ? `(${names.join(' | ')})*` : ''
  }
  const nodes = { doc: { content: content(described.document) }, text: { group: 'inline' } }
  for (const [name, node] of Object.entries(described.nodes)) {
    const attrs = {}
    for (const [key, rule] of Object.entries(node.attrs)) attrs[key] = { default: rule.default }
    nodes[name] = { content: content(node), attrs, selectable: false, inline: name === 'hard_break', ...(name === 'hard_break' ? { group: 'inline' } : {}) }
  }
  return new Schema({ nodes, marks: { strong: {}, em: {}, link: { attrs: { href: { default: null } }, inclusive: false } } })
}
const S = schema()

function chance (seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return { next, below: (n) => Math.floor(next() * n), of: (list) => list[Math.floor(next() * list.length)], is: (p) => next() < p }
}

/** As much of an editor's view as the two plugins touch. */
class View {
  constructor (state) {
    this.state = state
    this.parts = state.plugins.map((plugin) => plugin.spec.view?.(this)).filter(Boolean)
  }

  hasFocus () { return false }

  dispatch (tr) {
    const before = this.state
    this.state = before.apply(tr)
    this.parts?.forEach((part) => part.update?.(this, before))
  }

  destroy () { this.parts.forEach((part) => part.destroy?.()) }
}

class Person {
  constructor (world, name, reads) {
    Object.assign(this, { world, name, reads, online: true, inbox: [], outbox: [] })
    this.open()
  }

  open () {
    const { world } = this
    this.doc = new Y.Doc({ gc: !world.chance.is(0.1) })
    this.doc.clientID = world.newClient()
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(world.server), 'server')
    this.sent = []
    this.doc.on('update', (update, origin) => { if (origin !== 'server' && this.online) this.outbox.push(update) })
    const fragment = this.doc.getXmlFragment(described.root)
    this.view = new View(EditorState.create({ schema: S, plugins: [ySyncPlugin(fragment), yUndoPlugin()] }))
    this.undo = yUndoPluginKey.getState(this.view.state).undoManager
    this.undo.captureTimeout = 1e9
  }

  reload () {
    this.flush()
    this.view.destroy()
    this.inbox = []
    this.outbox = []
    this.online = true
    this.open()
  }

  flush () {
    while (this.outbox.length) this.world.receive(this, this.outbox.shift())
  }

  leave () {
    this.online = false
    this.outbox = this.world.chance.is(0.5) ? [] : this.outbox
    this.outbox.length = 0
    this.inbox = []
  }

  /** As a provider does: what the server lacks goes up, what this client lacks comes down; some of it twice. */
  comeBack () {
    const { world } = this
    this.online = true
    const stale = world.chance.is(0.3) ? world.chance.of(world.vectors) : Y.encodeStateVector(world.server)
    const missing = Y.encodeStateAsUpdate(this.doc, stale)
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(world.server, Y.encodeStateVector(this.doc)), 'server')
    world.receive(this, missing)
    if (world.chance.is(0.2)) world.receive(this, Y.encodeStateAsUpdate(this.doc))
  }

  /** One random act; what the editor itself finds impossible is not done. */
  act () {
    try {
      this.edit()
    } catch (trouble) {
      if (!['TransformError', 'ReplaceError'].includes(trouble.name)) throw trouble
    }
  }

  /** Stock undo stumbles over its own redone items now and then; what it wrote before that goes out all the same. */
  takeBack (kind) {
    try {
      this.undo[kind]()
    } catch (trouble) {
      if (!trouble.stack.includes('redoItem')) throw trouble
    }
  }

  edit () {
    const { chance: dice } = this.world
    const { state } = this.view
    const { doc } = state
    const at = () => dice.below(doc.content.size + 1)
    const whole = (pos) => { // never inside a pair of surrogates: no editor puts the caret there
      const $pos = doc.resolve(pos)
      const text = $pos.parent.isTextblock ? $pos.parent.textBetween(0, $pos.parent.content.size, '', '\ufffc') : ''
      const code = text.charCodeAt($pos.parentOffset)
      return code >= 0xDC00 && code <= 0xDFFF ? pos - 1 : pos
    }
    const spots = []
    doc.descendants((node, pos) => { if (node.isTextblock) spots.push(pos + 1 + dice.below(node.content.size + 1)) })
    const spot = () => spots.length ? whole(dice.of(spots)) : 0
    const range = () => {
      const one = whole(at())
      const other = dice.is(0.6) ? whole(Math.min(doc.content.size, one + dice.below(8))) : whole(at())
      return [Math.min(one, other), Math.max(one, other)]
    }
    const words = () => dice.of(SNIPPETS)
    const tr = state.tr
    const kinds = {
      type: 14, replace: 4, erase: 6, cut: 3, split: 5, join: 4, mark: 6, unmark: 3, link: 2, insert: 6, attribute: 2, breakLine: 1, wrap: 2, lift: 2,
      undo: 4, redo: 3, pause: 3, paste: 2, everything: 0.2, run: 3
    }
    let left = dice.next() * Object.values(kinds).reduce((sum, weight) => sum + weight, 0)
    const kind = Object.keys(kinds).find((name) => (left -= kinds[name]) < 0)
    if (kind === 'undo' || kind === 'redo') { this.takeBack(kind); return }
    if (kind === 'pause') { this.undo.stopCapturing(); return }
    if (kind === 'run') { // a word, key by key
      let pos = spots.length ? spot() : -1
      if (pos < 0) return
      for (const letter of dice.of(['hello', 'needs 😀 daily', 'שלום', 'a b c'])) {
        this.view.dispatch(this.view.state.tr.insertText(letter, pos))
        pos += letter.length
      }
      return
    }
    const [from, to] = range()
    if (kind === 'type' && spots.length) tr.insertText(words(), spot())
    else if (kind === 'replace' && spots.length) {
      const start = spot()
      const end = whole(Math.min(doc.resolve(start).end(), start + dice.below(6)))
      tr.insertText(words(), start, Math.max(start, end))
    } else if (kind === 'erase' && spots.length) {
      const end = spot()
      const start = whole(Math.max(doc.resolve(end).start(), end - 1))
      if (end > start) tr.delete(start, end)
    } else if (kind === 'cut') tr.deleteRange(from, to)
    else if (kind === 'everything') tr.delete(0, doc.content.size)
    else if (kind === 'split' && spots.length) {
      const pos = spot()
      const depth = 1 + dice.below(2)
      if (canSplit(doc, pos, depth)) tr.split(pos, depth)
    } else if (kind === 'join') {
      const found = []
      for (let pos = 1; pos < doc.content.size; pos += 1) if (canJoin(doc, pos)) found.push(pos)
      if (found.length) tr.join(dice.of(found))
    } else if (kind === 'mark') tr.addMark(from, to, S.marks[dice.of(['strong', 'em'])].create())
    else if (kind === 'link') tr.addMark(from, to, S.marks.link.create({ href: dice.of(LINKS) }))
    else if (kind === 'unmark') tr.removeMark(from, to, dice.is(0.3) ? undefined : S.marks[dice.of(['strong', 'em', 'link'])])
    else if (kind === 'insert') this.insert(tr, at())
    else if (kind === 'attribute') {
      const found = []
      doc.descendants((node, pos) => { if (Object.keys(node.attrs).length) found.push([pos, node]) })
      if (found.length) {
        const [pos, node] = dice.of(found)
        tr.setNodeMarkup(pos, null, { ...node.attrs, ...this.attributes(node.type.name) })
      }
    } else if (kind === 'breakLine' && spots.length) tr.insert(spot(), S.nodes.hard_break.create())
    else if (kind === 'wrap') {
      const around = doc.resolve(from).blockRange(doc.resolve(to))
      const wrapping = around && findWrapping(around, dice.of([S.nodes.bullet_list, S.nodes.ordered_list]))
      if (wrapping) tr.wrap(around, wrapping)
    } else if (kind === 'lift') {
      const around = doc.resolve(from).blockRange(doc.resolve(to))
      const target = around && liftTarget(around)
      if (target != null) tr.lift(around, target)
    } else if (kind === 'paste') {
      const slice = doc.slice(from, to)
      const goes = whole(at())
      tr.replaceRange(goes, goes, slice.size ? slice : new Slice(Fragment.from(S.text(words())), 0, 0))
    }
    if (tr.docChanged) this.view.dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(dice.below(tr.doc.content.size + 1)))))
  }

  attributes (name) {
    const { chance: dice } = this.world
    const id = Array.from({ length: 10 }, () => dice.of([...'abcdefghij0123456789'])).join('')
    const made = {}
    for (const [key, rule] of Object.entries(described.nodes[name].attrs)) {
      made[key] = rule.values ? dice.of(rule.values) : rule.pattern.startsWith('[a-z') ? id : String(1 + dice.below(9))
    }
    return made
  }

  make (name, depth) {
    const { chance: dice } = this.world
    const rule = described.nodes[name]
    const children = []
    if (rule.inline && dice.is(0.7)) children.push(S.text(dice.of(SNIPPETS), dice.is(0.3) ? [S.marks.strong.create()] : []))
    if (!rule.inline && depth < 4) for (let n = dice.below(4); n > 0 && rule.children.length; n -= 1) children.push(this.make(dice.of(rule.children), depth + 1))
    return S.nodes[name].create(this.attributes(name), children)
  }

  insert (tr, pos) {
    const { chance: dice } = this.world
    const $pos = tr.doc.resolve(pos)
    for (let depth = $pos.depth; depth >= 0; depth -= 1) {
      const parent = $pos.node(depth)
      const rule = depth ? described.nodes[parent.type.name] : described.document
      if (rule.inline || !rule.children.length) continue
      tr.insert(depth === $pos.depth ? pos : $pos.after(depth + 1), this.make(dice.of(rule.children), 0))
      return
    }
  }
}

class World {
  constructor (seed, edits) {
    this.chance = chance(seed)
    this.server = new Y.Doc({ gc: false })
    // A server tidies nothing up: what clients tidy up, they send.
    this.server.on('afterTransaction', (transaction) => { transaction._needFormattingCleanup = false })
    this.vectors = [Y.encodeStateVector(this.server)]
    this.log = []
    this.taken = new Set()
    this.people = []
    const writers = 1 + this.chance.below(4)
    for (let n = 0; n < writers; n += 1) this.people.push(new Person(this, `w${n}`, false))
    if (this.chance.is(0.5)) this.people.push(new Person(this, 'reader', true))
    for (let n = 0; n < edits; n += 1) this.step()
    for (const person of this.people) { if (person.online) { this.deliver(person, 1e9); person.flush() } else person.comeBack() }
    for (const person of this.people) { this.deliver(person, 1e9); person.flush(); person.comeBack() }
    this.result = { seed, log: this.log, tree: { type: 'doc', children: tree(this.server.getXmlFragment(described.root)) }, vector: hex(Y.encodeStateVector(this.server)) }
  }

  newClient () {
    let id
    do id = 1 + this.chance.below(this.chance.is(0.5) ? 4294967294 : 300)
    while (this.taken.has(id))
    this.taken.add(id)
    return id
  }

  step () {
    const dice = this.chance
    const person = dice.of(this.people)
    if (!person.online) { if (dice.is(0.1)) person.comeBack() } else if (dice.is(0.03)) person.leave()
    if (dice.is(0.01)) person.reload()
    if (person.online) this.deliver(person, dice.below(4))
    if (!person.reads) person.act()
    if (person.online && dice.is(0.6)) person.flush()
  }

  deliver (person, most) {
    while (person.inbox.length && most-- > 0) Y.applyUpdate(person.doc, person.inbox.shift(), 'server')
  }

  receive (person, update) {
    this.log.push([person.name, hex(update)])
    if (person.reads) return
    Y.applyUpdate(this.server, update)
    if (this.server.store.pendingStructs !== null) throw new Error('an honest client left a gap')
    this.vectors.push(Y.encodeStateVector(this.server))
    for (const other of this.people) if (other !== person && other.online) other.inbox.push(update)
  }
}

function tree (parent) {
  return parent.toArray().flatMap((child) => child instanceof Y.XmlText
    ? child.toDelta().map(({ insert, attributes }) => ({ text: insert, marks: attributes ?? {} }))
    : [{ type: child.nodeName, attrs: child.getAttributes(), children: tree(child) }])
}

const hex = (bytes) => Buffer.from(bytes).toString('hex')
const [first, count, edits] = process.argv.slice(2).map(Number)
console.warn = () => {}
for (let seed = first; seed < first + count; seed += 1) process.stdout.write(JSON.stringify(new World(seed, edits).result) + '\n')
