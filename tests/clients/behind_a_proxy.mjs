// Stock writers behind proxies that do this or that to WebSockets, given our socket in place of the real one, and beside
// each a stock writer without a proxy. Tells which way each went, and in how many milliseconds it could write.
import { Writer, config, report, until } from './writer.mjs'

const { LiveSocket, Network } = await import(config.bundle)
const [token, other] = config.tokens

async function writes ({ url, name }) {
  const memory = new Map()
  const network = new Network({
    getItem: (name) => memory.get(name) ?? null,
    setItem: (name, value) => { memory.set(name, value) },
    removeItem: (name) => { memory.delete(name) }
  }, new EventTarget())
  class PageSocket extends LiveSocket {
    constructor (address) { super(address, network) }
  }
  const began = performance.now()
  const behind = new Writer({ url, name, token, WebSocketPolyfill: PageSocket })
  const beyond = new Writer({ url: config.direct, name, token: other })
  await behind.open()
  const opened = performance.now() - began
  await beyond.open()
  behind.type('Written behind the proxy.')
  beyond.type('Written beyond it.')
  await Promise.all([behind.sees('beyond it'), beyond.sees('behind the proxy'), behind.saved(), beyond.saved()])
  await until(() => behind.text() === beyond.text(), 'equal text')
  await until(() => behind.provider.awareness.getStates().size === 2, 'presence of the other')
  return { opened, isFallback: behind.socket.webSocket.isFallback, refuses: network.refuses, text: behind.text() }
}

report(await Promise.all(config.writers.map(writes)))
