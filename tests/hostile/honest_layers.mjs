// Honest people at work on one side's proposals: stock yjs, several clients, random edits, undo, bad networks.
// Prints one JSON line per history: every update in the order in which a server gets it, and how the layer ends.
// Usage: node honest_layers.mjs FIRST_SEED COUNT EDITS
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../clients/package.json', import.meta.url))
const Y = require('yjs')

const described = JSON.parse(readFileSync(new URL('../../crdt/layer.json', import.meta.url)))
const FIXED = new Set(Object.values(described.nodes).flatMap(({ attrs }) => Object.keys(attrs).filter((key) => attrs[key].fixed)))
const SNIPPETS = ['a', ' ', 'once a week', 'é', '😀', '👩‍👧', '\ufffd', '日本', '\n', '𝒳y', '"', '\\']
const VALUES = {
  from: ['0', '3', '12'], to: ['3', '40'], at: ['0', '7'], rank: ['K', 'V', 'V1a'], on: ['0', '1'], group: ['g1', 'g2'],
  counters: ['authority:abc', 'family:x-Y_1'], counters_hash: ['ab'.repeat(32), 'cd'.repeat(32)], moves: ['r1', 'r2']
}
const OPTIONAL = ['counters', 'counters_hash', 'group', 'moves']

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

class Person {
  constructor (world, name) {
    Object.assign(this, { world, name, online: true, inbox: [], outbox: [] })
    this.open()
  }

  open () {
    const { world } = this
    this.doc = new Y.Doc({ gc: !world.chance.is(0.1) })
    this.doc.clientID = world.newClient()
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(world.server), 'server')
    this.doc.on('update', (update, origin) => { if (origin !== 'server' && this.online) this.outbox.push(update) })
    this.root = this.doc.getXmlFragment(described.root)
    this.undo = new Y.UndoManager(this.root, {
      trackedOrigins: new Set(['me']),
      captureTimeout: world.chance.of([0, 1e9]),
      // What our own client does: a record and what it is about stay; its values and words are taken back.
      deleteFilter: (item) => !(item.content instanceof Y.ContentType) && !FIXED.has(item.parentSub)
    })
  }

  reload () {
    this.flush()
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
    if (this.world.chance.is(0.5)) this.flush()
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

  takeBack (kind) {
    try {
      this.undo[kind]()
    } catch (trouble) {
      if (!trouble.stack.includes('redoItem')) throw trouble
    }
  }

  act () {
    const { chance: dice } = this.world
    const way = dice.below(12)
    if (way === 10) return this.takeBack('undo')
    if (way === 11) return this.takeBack(dice.of(['undo', 'redo', 'redo']))
    if (dice.is(0.2)) this.undo.stopCapturing()
    this.doc.transact(() => {
      for (let times = 1 + dice.below(3); times > 0; times -= 1) this.edit(way)
    }, 'me')
  }

  edit (way) {
    const { chance: dice } = this.world
    const records = this.root.toArray()
    if (records.length === 0 || way === 0) return this.make()
    const record = dice.of(records)
    if (way < 5) {
      const key = dice.of(Object.keys(described.nodes[record.nodeName].attrs).filter((name) => !FIXED.has(name)))
      if (OPTIONAL.includes(key) && dice.is(0.3)) return record.removeAttribute(key)
      return record.setAttribute(key, dice.of(VALUES[key]))
    }
    const texts = record.nodeName === 'rm' ? [] : record.toArray().flatMap((words) => words.toArray())
    if (texts.length === 0) return
    if (record.nodeName === 'new' && dice.is(0.05)) return this.words(record, dice.of(['wording', 'w3']))
    const text = dice.of(texts)
    const held = text.toString()
    const whole = (at) => held.charCodeAt(at) >= 0xDC00 && held.charCodeAt(at) <= 0xDFFF ? at - 1 : at
    const at = whole(dice.below(held.length + 1))
    if (way < 8) return text.insert(at, dice.of(SNIPPETS))
    const end = Math.max(at, whole(at + dice.below(held.length - at + 1)))
    if (end > at) text.delete(at, end - at)
    if (dice.is(0.3)) text.insert(at, dice.of(SNIPPETS))
  }

  make () {
    const { chance: dice } = this.world
    const kind = dice.of(['text', 'text', 'new', 'rm'])
    const record = new Y.XmlElement(kind)
    this.root.insert(dice.is(0.7) ? this.root.length : dice.below(this.root.length + 1), [record])
    record.setAttribute('id', `r${dice.below(1000)}`)
    record.setAttribute(kind === 'new' ? 'after' : 'block', dice.of(['abcdefghij', 'provspeech.what']))
    if (kind === 'new') record.setAttribute('kind', dice.of(described.nodes.new.attrs.kind.values))
    for (const key of Object.keys(described.nodes[kind].attrs)) {
      if (!FIXED.has(key) && !OPTIONAL.includes(key)) record.setAttribute(key, dice.of(VALUES[key]))
    }
    if (kind === 'text') this.words(record, 'wording')
    if (kind === 'new') for (const part of ['wording', 'w1', 'w2'].slice(0, 1 + dice.below(3))) this.words(record, part)
  }

  words (record, part) {
    const words = new Y.XmlElement('words')
    words.setAttribute('part', part)
    words.insert(0, [new Y.XmlText(this.world.chance.of(['', ...SNIPPETS]))])
    record.insert(record.length, [words])
  }
}

class World {
  constructor (seed, edits) {
    this.chance = chance(seed)
    this.server = new Y.Doc({ gc: false })
    this.vectors = [Y.encodeStateVector(this.server)]
    this.log = []
    this.taken = new Set()
    this.people = []
    for (let n = 1 + this.chance.below(4); n > 0; n -= 1) this.people.push(new Person(this, `w${n}`))
    for (let n = 0; n < edits; n += 1) this.step()
    for (const person of this.people) { if (person.online) { this.deliver(person, 1e9); person.flush() } else person.comeBack() }
    for (const person of this.people) { this.deliver(person, 1e9); person.flush(); person.comeBack() }
    const root = this.server.getXmlFragment(described.root)
    this.result = { seed, log: this.log, tree: { type: 'doc', children: tree(root) }, vector: hex(Y.encodeStateVector(this.server)) }
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
    if (!person.online) { if (dice.is(0.1)) person.comeBack() } else if (dice.is(0.04)) person.leave()
    if (dice.is(0.01)) person.reload()
    if (person.online) this.deliver(person, dice.below(4))
    person.act()
    if (person.online && dice.is(0.6)) person.flush()
  }

  deliver (person, most) {
    while (person.inbox.length && most-- > 0) Y.applyUpdate(person.doc, person.inbox.shift(), 'server')
  }

  receive (person, update) {
    this.log.push([person.name, hex(update)])
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
for (let seed = first; seed < first + count; seed += 1) process.stdout.write(JSON.stringify(new World(seed, edits).result) + '\n')
