// The stock provider on a socket that leads nowhere: says what it sends and what it understood.
// stdin: JSON {document, frames: [hex]}; stdout: JSON {sent: [hex], heard: [[event, detail], …]}.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../static/package.json', import.meta.url))
const Y = require('yjs')
const { HocuspocusProvider, HocuspocusProviderWebsocket } = require('@hocuspocus/provider')

const { document, frames } = JSON.parse(readFileSync(0, 'utf8'))
const sent = []
const heard = []
let socket = null

class Nowhere extends EventTarget {
  constructor () {
    super()
    this.readyState = 1
    socket = this
    queueMicrotask(() => this.dispatchEvent(new Event('open')))
  }

  send (bytes) { sent.push(Buffer.from(bytes).toString('hex')) }
  close () { this.readyState = 3 }
}

const websocketProvider = new HocuspocusProviderWebsocket({ url: 'ws://nowhere', WebSocketPolyfill: Nowhere })
const ydoc = new Y.Doc()
ydoc.clientID = 42
const said = name => detail => heard.push([name, detail])
const provider = new HocuspocusProvider({
  websocketProvider,
  name: document,
  document: ydoc,
  token: 'a token: é',
  onAuthenticated: ({ scope }) => said('authenticated')(scope),
  onAuthenticationFailed: ({ reason }) => said('denied')(reason),
  onSynced: () => said('synced')(ydoc.getText('t').toString()),
  onStateless: ({ payload }) => said('stateless')(payload),
  onUnsyncedChanges: ({ number }) => said('unsynced')(number),
  onClose: ({ event }) => said('closed')(event.reason),
  onAwarenessUpdate: ({ states }) => said('present')(states)
})
provider.attach()
const turn = () => new Promise(resolve => setImmediate(resolve))
for (let turns = 0; turns < 200 && sent.length === 0; turns++) await turn()
await turn()
for (const frame of frames) {
  const data = new Uint8Array(Buffer.from(frame, 'hex')).buffer
  socket.dispatchEvent(Object.assign(new Event('message'), { data }))
  await turn()
}
ydoc.getText('t').insert(0, 'é')
for (let turns = 0; turns < 50; turns++) await turn()
process.stdout.write(JSON.stringify({ sent, heard }), () => process.exit(0))
