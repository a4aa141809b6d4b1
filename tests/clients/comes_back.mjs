// A stock writer whose server is killed and comes back: what it typed meanwhile is there, once, for a newcomer.
import { createInterface } from 'node:readline'
import { Writer, config, report, until } from './writer.mjs'

const told = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const writer = await new Writer({ ...config, token: config.tokens[0] }).open()
writer.type('Before the power cut.')
await writer.saved()
console.log('TYPED')
await told.next() // the server is dead now
await until(() => writer.socket.status !== 'connected', 'the lost connection to be noticed')
writer.type('While it was away.')
console.log('OFFLINE')
await told.next() // the server is back
await until(() => writer.provider.isSynced && writer.provider.isAuthenticated, 'the way back')
await writer.saved()
const newcomer = await new Writer({ ...config, token: config.tokens[0] }).open()
await newcomer.sees('While it was away.')
report({ equal: newcomer.text() === writer.text(), text: newcomer.text() })
