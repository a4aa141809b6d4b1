// A section as it was issued, and the tribunal's key, for the stand-in page and the tests that need no server.

const text = (id, type, words, attrs) => ({ id, type, text: words, ...(attrs ? { attrs } : {}) });
const cell = (id, words) => ({ id, type: "table_cell", blocks: [text(`${id}.p`, "paragraph", words)] });
const field = (item, name, words) => text(`${item}.${name}`, "field", words, { name });

function provision(id, title, what, who, frequency) {
  return {
    id,
    type: "provision",
    blocks: [text(`${id}.title`, "title", title), field(id, "what", what), field(id, "who", who), field(id, "frequency", frequency)],
  };
}

export const BASELINE = {
  version: 1,
  section: "F",
  hash: "0".repeat(64),
  blocks: [
    text("intro", "paragraph", "A will have access to speech and language therapy 😀 as required, at school and in the community."),
    { id: "list", type: "bullet_list", blocks: [{ id: "one", type: "list_item", blocks: [text("one.p", "paragraph", "A visual timetable is used every day.")] }] },
    provision("prov1", "Direct speech and language therapy", "Direct speech and language therapy as required.", "A therapist or trained assistant.", "Regularly, as staff see fit."),
    provision("prov2", "Support at lunch", "An adult is nearby at lunch where possible.", "A teaching assistant.", "Each school day."),
    {
      id: "table",
      type: "table",
      blocks: [
        { id: "row1", type: "table_row", blocks: [cell("c1", "Monday"), cell("c2", "Therapy, 30 minutes")] },
        { id: "row2", type: "table_row", blocks: [cell("c3", "Tuesday"), cell("c4", "Reading, 20 minutes")] },
      ],
    },
    text("last", "paragraph", "The school reviews all of this each term."),
  ],
};

const hand = (name, letter, style, line) => ({ name, letter, style, deleted: [...style, "strike"], colour: "", line });
export const PROFILE = {
  name: "send23",
  hands: {
    original: { name: "Original", letter: "", style: [], deleted: [], colour: "", line: "Normal: the plan as it was issued." },
    agreed: hand("Agreed", "A", ["underline"], "Underlined: agreed by both sides."),
    family: hand("Family", "F", ["bold"], "Bold: the family proposes."),
    authority: hand("Council", "C", ["italic"], "Italic: the council proposes."),
    tribunal: hand("Tribunal", "T", ["bold", "underline"], "Bold and underlined: ordered."),
  },
};
