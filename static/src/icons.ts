// The few signs on the tools, drawn as lines: no icon font, nothing fetched.

const SVG = "http://www.w3.org/2000/svg";
const PATHS: Readonly<Record<string, string>> = {
  bullets: "M9 5h11M9 12h11M9 19h11M4 5h.01M4 12h.01M4 19h.01",
  numbers: "M10 5h10M10 12h10M10 19h10M3.5 3.5 5 3v4M3.5 10.5h2.5L3.5 14H6M3.5 17H6l-1.5 2H6v2H3.5",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.6-5.6l-1.2 1.1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.6 5.6l1.2-1.1",
  table: "M3.5 4.5h17v15h-17zM3.5 9.5h17M3.5 14.5h17M9.2 9.5v10M14.8 9.5v10",
  undo: "M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4",
  redo: "m16 5 4 4-4 4M20 9H10a5 5 0 0 0 0 10h4",
};

/** The drawing of that name, or null where a letter does better. */
export function icon(name: string): SVGElement | null {
  const path = PATHS[name];
  if (path === undefined) return null;
  const drawing = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 24 24", width: "20", height: "20", fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round", focusable: "false" };
  for (const [key, value] of Object.entries(attributes)) drawing.setAttribute(key, value);
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}
