// A robot at the live page of a working document: does what a person can do there, by the events a browser sends, with
// chance decided by a seed. `window.robot(seed, steps)` begins; `window.robotDone` says how many steps it
// took, or what went wrong.

(() => {
  const EXTRAS = ".caret, .item-head, .ProseMirror-trailingBreak";
  const WORDS = ["each week", " in writing ", "a", " or sooner", "😀", "👩‍👩‍👧‍👦 ", "é", "میں ", "not ", "  "];
  const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  const chanceOf = (seed) => {
    let state = seed >>> 0;
    const next = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
    return { below: (most) => Math.floor(next() * most), of: (all) => all[Math.floor(next() * all.length)] };
  };

  const text = () => document.querySelector("#working .ProseMirror");
  const lines = () => [...text().querySelectorAll(".app-rl-block")];

  function placeIn(line, chance) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) {
      if (walker.currentNode.parentElement.closest(EXTRAS) === null) nodes.push(walker.currentNode);
    }
    if (nodes.length === 0) return [line, 0];
    const node = chance.of(nodes);
    return [node, chance.below(node.data.length + 1)];
  }

  const press = (key, keyCode, more = {}) =>
    text().dispatchEvent(new KeyboardEvent("keydown", { key, keyCode, bubbles: true, cancelable: true, ...more }));
  const type = (words) => document.execCommand("insertText", false, words);
  function paste(words) {
    const given = new DataTransfer();
    given.setData("text/plain", words);
    text().dispatchEvent(new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true }));
  }

  async function caret(chance) {
    const place = placeIn(chance.of(lines()), chance);
    getSelection().collapse(...place);
    await wait(2);
  }

  async function selected(chance, isAcross) {
    const all = lines();
    const first = chance.below(all.length);
    const last = isAcross ? Math.min(all.length - 1, first + 1 + chance.below(2)) : first;
    getSelection().setBaseAndExtent(...placeIn(all[first], chance), ...placeIn(all[last], chance));
    await wait(2);
  }

  async function answer(chance) {
    const offers = [...document.querySelectorAll(".app-rl-card [data-deed=counter], .rl-offer")];
    if (offers.length === 0) return;
    chance.of(offers).click();
    await wait(2);
  }

  /** Whatever question is open is answered one way or the other. */
  async function settle(chance) {
    for (let dialog = document.querySelector("dialog[open]"); dialog !== null; dialog = document.querySelector("dialog[open]")) {
      for (const area of dialog.querySelectorAll("textarea")) {
        area.value += chance.of(WORDS);
        area.dispatchEvent(new Event("input", { bubbles: true }));
      }
      const choices = [...dialog.querySelectorAll("button")].filter((one) => !one.disabled);
      if (choices.length === 0) dialog.close();
      else chance.of(choices).click();
      await wait(2);
    }
  }

  const tool = (id) => document.querySelector(`#toolbar .tool-${id}`)?.click();
  const ACTS = [
    [8, async (chance) => { await caret(chance); type(chance.of(WORDS)); }],
    [3, async (chance) => { await caret(chance); for (let left = 1 + chance.below(5); left > 0; left -= 1) press("Backspace", 8); }],
    [3, async (chance) => { await caret(chance); for (let left = 1 + chance.below(5); left > 0; left -= 1) press("Delete", 46); }],
    [2, async (chance) => { await caret(chance); press("Backspace", 8, { ctrlKey: true }); }],
    [3, async (chance) => { await selected(chance, false); type(chance.of(WORDS)); }],
    [2, async (chance) => { await selected(chance, true); paste(chance.of(["", "one\ntwo", ...WORDS])); }],
    [2, async (chance) => { await caret(chance); press("Enter", 13); await wait(1); type(chance.of(WORDS)); }],
    [3, async () => { press("z", 90, { ctrlKey: true }); }],
    [2, async () => { press("y", 89, { ctrlKey: true }); }],
    [1, async (chance) => { await caret(chance); press("Delete", 46, { ctrlKey: true, shiftKey: true }); }],
    [2, async (chance) => { await caret(chance); tool(chance.of(["add-p", "add-li", "add-tr", "add-provision"])); await wait(1); type(chance.of(WORDS)); }],
    [2, answer],
  ];
  const HAT = ACTS.flatMap(([weight, act]) => Array(weight).fill(act));

  async function work(seed, steps) {
    const chance = chanceOf(seed);
    for (let step = 0; step < steps; step += 1) {
      await settle(chance);
      if (document.querySelector("#working[data-ready]") === null) throw new Error("the page is not ready");
      text().focus();
      await chance.of(HAT)(chance);
      await wait(chance.below(20));
    }
    await settle(chance);
    window.robotDone = steps;
  }

  window.robot = (seed, steps) => {
    window.robotDone = -1;
    work(seed, steps).catch((error) => { window.robotDone = String(error.stack); });
  };
})();
