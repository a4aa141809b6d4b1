// A stand-in for the server, for looking at the working page and driving it in a browser: the layers travel between
// windows by BroadcastChannel, the register is made up from them. Built by tests/redline/page/build.mjs.

import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { TextSelection } from "prosemirror-state";
import { WorkingDesk } from "../../../static/src/redline/desk";
import type { Working } from "../../../static/src/redline/facts";
import { drawn } from "../../../static/src/redline/editor/draw";
import { positionOf } from "../../../static/src/redline/editor/places";
import { frameIn } from "../../../static/src/redline/frame";
import { Layer } from "../../../static/src/redline/layerdoc";
import { records, isLive, toValue } from "../../../static/src/redline/records";
import { Baseline } from "../../../static/src/redline/baseline";
import type { Rooms } from "../../../static/src/redline/rooms";
import type { Server } from "../../../static/src/redline/server";
import { BASELINE, PROFILE } from "./facts.mjs";

const me = (new URL(location.href).searchParams.get("side") ?? "family") as "family" | "authority";
const channel = new BroadcastChannel("standin");
const docs = { family: new Y.Doc({ guid: "family" }), authority: new Y.Doc({ guid: "authority" }) };
const decided = new Map<string, { hash: string; sides: string[]; no: string[] }>();
const numbers = new Map<string, string>();
let held: [string, Uint8Array][] | null = null;

for (const side of ["family", "authority"] as const) {
  docs[side].on("update", (update: Uint8Array, origin: unknown) => {
    if (origin === "wire") return;
    if (held === null) channel.postMessage({ side, update });
    else held.push([side, update]);
    setTimeout(() => desk?.heard(working()), 60);
  });
}
channel.onmessage = ({ data }: MessageEvent) => {
  if (data.decided !== undefined) {
    decided.clear();
    for (const [key, value] of data.decided) decided.set(key, value);
  } else Y.applyUpdate(docs[data.side as "family"], data.update, "wire");
  setTimeout(() => desk?.heard(working()), 60);
};

const layers = { family: new Layer(docs.family), authority: new Layer(docs.authority) };
const rooms = {
  all: (["family", "authority"] as const).map((side) => ({
    name: side,
    doc: docs[side],
    layer: layers[side],
    connection: { awareness: new Awareness(docs[side]), isConnected: true },
  })),
  layers: () => ({ read: { family: [layers.family], authority: [layers.authority] }, write: layers[me] }),
} as unknown as Rooms & { write: unknown };
(rooms as { write: unknown }).write = rooms.all.find((room) => room.name === me);

function known() {
  return records(new Baseline(BASELINE), { family: layers.family.fields(), authority: layers.authority.fields() });
}

function working(): Working {
  const all = known();
  const proposals: Record<string, unknown> = {};
  for (const [key, record] of all) {
    if (!isLive(record)) continue;
    if (!numbers.has(key)) numbers.set(key, `F-${numbers.size + 1}`);
    const hash = JSON.stringify(toValue(record));
    const was = decided.get(key);
    const isNow = was?.hash === hash;
    const isAnswered = [...all.values()].some((one) => one.counters === key && isLive(one));
    const status = isNow && was.sides.length === 2 ? "agreed" : isNow && was.no.length > 0 ? "not agreed" : was !== undefined && !isNow && was.sides.length === 2 ? "reopened" : isAnswered ? "countered" : "proposed";
    proposals[key] = {
      key,
      number: numbers.get(key),
      side: record.side,
      status,
      hash,
      group: record.group === "" ? [key] : [...all.values()].filter((one) => one.group === record.group && one.side === record.side && isLive(one)).map((one) => one.key),
      first_by: record.side === "family" ? "p1" : "p2",
      first_at: "2027-01-03T10:42:00Z",
      last_by: record.side === "family" ? "p1" : "p2",
      last_at: "2027-01-03T10:42:00Z",
      reason: record.side === "family" ? "The report asks for a fixed amount." : "",
      evidence: record.side === "family" ? [{ id: "e1", document: "Report", author: "Smith", role: "therapist", dated: "2026-02-28", page: 4, paragraph: 2, citation: "Smith, speech and language therapist, 28 February 2026, p. 4, para. 2" }] : [],
      confirmations: isNow ? was.sides.map((side) => ({ side, by: side === "family" ? "p1" : "p2", at: "2027-01-04T09:00:00Z" })) : [],
      not_agreed: isNow ? was.no : [],
      answers_older: false,
      reads_as: ["The provision as it then reads."],
      sentence: "",
      place: "F1, What",
      events: [],
      may: { agree: true, disagree: record.side !== me, counter: record.side !== me, withdraw: record.side === me, panel: me === "authority", evidence: record.side === me, why_not: "" },
    };
  }
  return {
    plan: "41",
    section: "F",
    title: "Special educational provision",
    reference: "41",
    me: { side: me, person: me === "family" ? "p1" : "p2", role: me === "family" ? "Parent" : "Case officer", may_propose: true, may_decide: true },
    baseline: BASELINE,
    documents: { family: "family", authority: "authority" },
    write: me,
    turn: { mine: "live", theirs: "live" },
    tribunal: {},
    profile: PROFILE,
    proposals,
    people: { p1: { name: "Parent One", role: "Parent", side: "family", on_behalf: "" }, p2: { name: "Officer Two", role: "Case officer", side: "authority", on_behalf: "" } },
    seen: { at: null },
  } as unknown as Working;
}

const server = {
  working: () => Promise.resolve({ ok: true, value: working() }),
  since: () => Promise.resolve({ ok: true, value: [] }),
  seen: () => Promise.resolve({ ok: true, value: null }),
  turn: () => Promise.resolve({ ok: false, sentence: "Not here.", code: "" }),
  addEvidence: () => Promise.resolve({ ok: true, value: null }),
  giveReason: () => Promise.resolve({ ok: true, value: null }),
  decide: (act: string, shown: { key: string; hash: string }[]) => {
    for (const { key, hash } of shown) {
      const record = known().get(key);
      if (record === undefined || JSON.stringify(toValue(record)) !== hash) return Promise.resolve({ ok: false, code: "not-current", sentence: "The wording has changed since you looked. Read it again, then decide." });
      const before = decided.get(key);
      const sides = before?.hash === hash ? before.sides : [record.side];
      decided.set(key, { hash, sides: act === "agree" ? [...new Set([...sides, me])] : sides.filter((side) => side !== me), no: act === "disagree" ? [me] : [] });
    }
    channel.postMessage({ decided: [...decided] });
    return Promise.resolve({ ok: true, value: working() });
  },
} as unknown as Server;

const root = document.getElementById("working");
let desk: WorkingDesk | null = null;
if (root !== null) {
  desk = new WorkingDesk(frameIn(root), working(), rooms, server, () => desk?.heard(working()), "key");
  root.dataset["ready"] = "true";
}
for (const room of rooms.all) if (room === (rooms as { write: unknown }).write) room.connection.awareness.setLocalState({ user: { name: "x", role: "y" } });

Object.assign(window, {
  standin: {
    offline: () => { held = []; },
    online: () => {
      for (const [side, update] of held ?? []) channel.postMessage({ side, update });
      held = null;
    },
    known: () => Object.fromEntries([...known()].map(([key, record]) => [key, toValue(record)])),
    text: () => desk?.text.view.state.doc.textBetween(0, desk.text.view.state.doc.content.size, "|"),
    doc: () => JSON.stringify(desk?.text.view.state.doc.toJSON()),
    caret: () => desk?.text.selection(),
    caretTo: (block: string, offset: number) => { desk?.text.caretTo({ block, offset }); desk?.text.view.focus(); },
    select: (from: [string, number], to: [string, number]) => {
      const view = desk?.text.view;
      if (view === undefined) return;
      const place = ([block, offset]: [string, number]) => positionOf(view.state.doc, { block, offset }) ?? 0;
      view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, place(from), place(to))));
      view.focus();
    },
    /** Whether the page shows exactly what the records say. */
    isTrue: () => {
      const view = desk?.text.view;
      return view !== undefined && desk !== null && view.state.doc.eq(drawn(desk.board.shown(), desk.board.standing, "F"));
    },
    runs: (block: string) => desk?.board.runs(block).map((run) => (run.by === undefined ? (run.struck === undefined ? run.text : `-${run.text}-`) : `+${run.text}+`)).join(""),
  },
});
