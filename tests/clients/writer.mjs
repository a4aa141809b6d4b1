// One stock writer: @hocuspocus/provider, yjs and y-prosemirror as published, in a DOM by jsdom. No code of Alongside.
import { JSDOM } from 'jsdom'

const { window } = new JSDOM('<!doctype html><html><body></body></html>', { pretendToBeVisual: true })
for (const name of ['window', 'document', 'Node', 'Element', 'HTMLElement', 'Text', 'Range', 'MutationObserver', 'DocumentFragment', 'getComputedStyle', 'requestAnimationFrame', 'cancelAnimationFrame']) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? window : window[name], configurable: true, writable: true })
}
// the provider must meet the server as it does outside a browser
delete globalThis.window.WebSocket

const { HocuspocusProvider, HocuspocusProviderWebsocket } = await import('@hocuspocus/provider')
const Y = await import('yjs')
const { EditorState } = await import('prosemirror-state')
const { EditorView } = await import('prosemirror-view')
const { schema } = await import('prosemirror-schema-basic')
const { ySyncPlugin, yUndoPlugin, undo } = await import('y-prosemirror')

/** Resolves when `test()` is true, asked again after every event of `emitters`; rejects after `ms`. */
export const until = (test, what, ms = 20_000) => new Promise((resolve, reject) => {
  const started = Date.now()
  const look = () => {
    if (test()) { clearInterval(timer); resolve() } else if (Date.now() - started > ms) { clearInterval(timer); reject(new Error(`waited in vain for: ${what}`)) }
  }
  const timer = setInterval(look, 10)
  look()
})

export class Writer {
  constructor ({ url, token, name, WebSocketPolyfill }) {
    this.seen = { refused: [], denied: [], scope: null, closes: 0 }
    this.document = new Y.Doc()
    this.socket = new HocuspocusProviderWebsocket({ url, delay: 100, minDelay: 100, maxDelay: 500, WebSocketPolyfill })
    this.provider = new HocuspocusProvider({
      websocketProvider: this.socket,
      name,
      document: this.document,
      token,
      onAuthenticated: ({ scope }) => { this.seen.scope = scope },
      onAuthenticationFailed: ({ reason }) => { this.seen.denied.push(reason) },
      onStateless: ({ payload }) => { const told = JSON.parse(payload); if (told.type === 'refused') this.seen.refused.push(told) },
      onClose: () => { this.seen.closes += 1 }
    })
    this.provider.attach()
    this.fragment = this.document.getXmlFragment('prosemirror')
  }

  /** Waits for the first sync, as any editor must, then mounts a real ProseMirror view. */
  async open () {
    await until(() => this.provider.isSynced || this.seen.denied.length > 0, 'the first sync')
    if (this.seen.denied.length > 0) return this
    this.view = new EditorView(window.document.body.appendChild(window.document.createElement('div')), {
      state: EditorState.create({ schema, plugins: [ySyncPlugin(this.fragment), yUndoPlugin()] })
    })
    return this
  }

  /** Writes a paragraph of its own at the end, one character at a time. */
  type (text) {
    const { state } = this.view
    this.view.dispatch(state.tr.insert(state.doc.content.size, schema.nodes.paragraph.create()))
    for (const character of text) {
      this.view.dispatch(this.view.state.tr.insertText(character, this.view.state.doc.content.size - 1))
    }
  }

  undo () { undo(this.view.state) }
  text () { return this.fragment.toString() }
  saved () { return until(() => this.provider.unsyncedChanges === 0, 'everything acknowledged') }
  sees (words) { return until(() => this.text().includes(words), `the words “${words}”`) }
  close () { this.provider.destroy(); this.socket.destroy(); this.view?.destroy() }
}

export const config = JSON.parse(process.argv[2])
export const report = (value) => { console.log(JSON.stringify(value)); process.exit(0) }
