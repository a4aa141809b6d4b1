import assert from "node:assert/strict";
import { test } from "node:test";
import { Channel } from "../../static/src/polling.ts";

const ID = "node.0123456789012345678901234567890";

/** A server of our making: `answers` by kind; tells what was asked. A held request is answered when it is given up. */
function server(answers = {}) {
  const asked = [];
  const waiting = new Set();
  globalThis.fetch = (address, { headers, body, signal }) => {
    const { pathname, search } = new URL(address);
    const kind = pathname.split("/").at(-1);
    assert.equal(search, "?plan=p");
    asked.push({ kind, number: Number(headers["X-Alongside-Number"]), body });
    for (const look of waiting) look();
    const answer = answers[kind]?.(asked.filter((one) => one.kind === kind).length);
    if (answer !== undefined) return Promise.resolve(answer);
    if (kind === "open") return Promise.resolve(say(200, 1, ID));
    if (kind === "up") return Promise.resolve(say(204, 0));
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        reject(new DOMException("given up", "AbortError"));
      });
    });
  };
  const until = (test) =>
    new Promise((resolve) => {
      const look = () => {
        if (!test(asked)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { asked, until };
}

function say(status, number, body = null) {
  return new Response(status === 204 ? null : body, { status, headers: { "X-Alongside-Number": String(number) } });
}

function record(mark, line, body) {
  return new Uint8Array([mark, 0, line, 0, 0, 0, body.length, ...body]);
}

/** A line of a channel, with promises of what will be told. */
function opened(channel = new Channel(new URL("http://here/live/http/?plan=p"), new EventTarget())) {
  const heard = [];
  let line;
  const isOpen = new Promise((resolve) => {
    const closed = new Promise((told) => {
      line = channel.line({
        opened: resolve,
        heard: (data) => heard.push([...new Uint8Array(data)]),
        closed: (code, reason) => {
          told([code, reason]);
        },
      });
    });
    line.closed = closed;
  });
  return { channel, line, heard, isOpen };
}

test("frames sent in one turn travel together, and each goes once though an answer is lost", async () => {
  const { asked, until } = server({ up: (time) => (time === 1 ? new Response(null, { status: 502 }) : say(204, 2)) });
  const { line, isOpen } = opened();
  await isOpen;
  line.send(new Uint8Array([7]));
  line.send(new Uint8Array([8, 9]));
  await until((all) => all.filter((one) => one.kind === "up").length === 2);
  const ups = asked.filter((one) => one.kind === "up");
  assert.deepEqual(ups.map((one) => one.number), [2, 2]);
  assert.deepEqual([...ups[0].body], [...record(0, 1, [7]), ...record(0, 1, [8, 9])]);
  assert.deepEqual(ups[0].body, ups[1].body);
  line.close();
});

test("what comes down is acknowledged by the next request, and a line's end carries its code and reason", async () => {
  const bye = [17, 49, ...new TextEncoder().encode("signed-out")]; // 4401
  const { asked } = server({ down: (time) => (time === 1 ? say(200, 1, record(0, 1, [5])) : time === 2 ? say(200, 2, record(1, 1, bye)) : undefined) });
  const { line, heard } = opened();
  assert.deepEqual(await line.closed, [4401, "signed-out"]);
  assert.deepEqual(heard, [[5]]);
  assert.deepEqual(asked.filter((one) => one.kind === "down").map((one) => one.number), [0, 1]);
});

test("somebody else's answer, such as a hotel's welcome page, opens nothing", async () => {
  server({ open: () => new Response("<html>Welcome</html>", { status: 200 }) });
  assert.deepEqual(await opened().line.closed, [1006, ""]);
});

test("what is too large to be taken closes the line with the code of a socket", async () => {
  server({ up: () => new Response(null, { status: 413 }) });
  const { line, isOpen } = opened();
  await isOpen;
  line.send(new Uint8Array([1]));
  assert.deepEqual(await line.closed, [1009, ""]);
});

test("of many pages only four hold a request open, and the next one does when there is a place", async () => {
  const { asked, until } = server({ look: () => say(204, 0) });
  const pages = [];
  for (let count = 1; count <= 4; count += 1) {
    pages.push(opened());
    await until((all) => all.filter((one) => one.kind === "down").length === count);
  }
  const fifth = opened();
  await until((all) => all.some((one) => one.kind === "look"));
  assert.equal(asked.filter((one) => one.kind === "down").length, 4);
  pages[0].line.close();
  await until((all) => all.filter((one) => one.kind === "down").length === 5);
  for (const page of [...pages, fifth]) page.line.close();
});
