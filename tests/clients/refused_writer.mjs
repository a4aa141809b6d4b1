// A stock writer where it may not write: what it is told, and that a second client never sees the words.
import { Writer, config, report, until } from './writer.mjs'

const writer = await new Writer({ ...config, token: config.tokens[0] }).open()
if (writer.seen.denied.length > 0) report({ denied: writer.seen.denied, refused: [], other: '' })
const before = writer.text()
writer.type('These words may not be here.')
await until(() => writer.seen.refused.length > 0, 'a refusal')
await until(() => writer.seen.closes > 0, 'the section to close')
const unsaved = writer.provider.unsyncedChanges
const other = await new Writer({ ...config, token: config.tokens[1] }).open()
report({ denied: [], scope: writer.seen.scope, refused: writer.seen.refused, unsaved, before, other: other.text() })
