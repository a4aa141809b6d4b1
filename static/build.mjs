// Bundles the browser's code: app.js (the editor), working.js (sections in dispute), history.js, page.js (every page), app.css. Called
// by build_hook.py.
// `node build.mjs --watch` rebuilds on every change while working on it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const css = join(here, "css");

/** One style sheet out of css/*.css: app.css first when there is one, the others by name. */
function styleSheets() {
  const names = readdirSync(css).filter((name) => name.endsWith(".css")).sort();
  const first = existsSync(join(css, "app.css")) ? ["app.css"] : [];
  return [...first, ...names.filter((name) => !first.includes(name))];
}

/** The licence texts of every package whose code is in the bundles, and of GOV.UK Frontend, which is copied. */
function licences(inputs) {
  const inside = inputs.map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]);
  const names = [...new Set([...inside, "govuk-frontend"])].filter((name) => name !== undefined).sort();
  const texts = names.map((name) => {
    const folder = join(here, "node_modules", name);
    const file = readdirSync(folder).find((one) => /^licen[cs]e(\.|$)/i.test(one));
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return texts.join(`\n${"-".repeat(72)}\n\n`);
}

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  outdir: "dist",
  target: ["es2022", "chrome109", "firefox115", "safari16"],
  legalComments: "none", // gathered in licences.txt
  logLevel: "warning",
};

const scripts = {
  ...common,
  entryPoints: { app: "src/app.ts", page: "src/page.ts", history: "src/history.ts", working: "src/working.ts" },
  format: "esm",
  charset: "utf8",
  // Many packages offer a file per module system; one copy of yjs and of prosemirror-model is essential.
  mainFields: ["module", "main"],
};

const styles = {
  ...common,
  stdin: {
    contents: styleSheets().map((name) => `@import "./${name}";`).join("\n"),
    resolveDir: css,
    sourcefile: "app.css",
    loader: "css",
  },
  outdir: undefined,
  outfile: "dist/app.css",
  external: ["/static/*", "/assets/*"],
};

if (process.argv.includes("--watch")) {
  for (const options of [scripts, styles]) {
    const context = await esbuild.context({ ...options, logLevel: "info" });
    await context.watch();
  }
} else {
  const [built] = await Promise.all([esbuild.build({ ...scripts, metafile: true }), esbuild.build(styles)]);
  writeFileSync(join(here, "dist", "licences.txt"), licences(Object.keys(built.metafile.inputs)));
}
