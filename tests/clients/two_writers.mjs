// Two stock writers in one section: both type, both end with the same text, both are told it is durable.
import { Writer, config, report, until } from './writer.mjs'

const [one, two] = await Promise.all(config.tokens.map((token) => new Writer({ ...config, token }).open()))
one.provider.setAwarenessField('user', { name: 'Somebody Else', color: '#000' })
one.type('She tells us when a room is too loud 🎧.')
two.type('He waits for a quiet moment.')
await Promise.all([one.sees('quiet moment'), two.sees('too loud'), one.saved(), two.saved()])
one.undo()
await until(() => !two.text().includes('too loud'), 'my undo to reach the other')
await one.saved()
await until(() => one.text() === two.text(), 'equal text')
const shown = []
await until(() => { shown.length = 0; for (const [id, state] of two.provider.awareness.getStates()) if (id === one.document.clientID) shown.push(state.user); return shown.length > 0 }, 'presence')
report({ equal: one.text() === two.text(), text: two.text(), scope: one.seen.scope, shown: shown[0] })
