// Bundles the browser's code: app.js (the editor), page.js (every page), app.css. Called by build_hook.py.
// `node build.mjs --watch` rebuilds on every change while working on it.
import { existsSync, readdirSync } from "node:fs";
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

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  outdir: "dist",
  target: ["es2022", "chrome109", "firefox115", "safari16"],
  legalComments: "linked",
  logLevel: "warning",
};

const scripts = {
  ...common,
  entryPoints: { app: "src/app.ts", page: "src/page.ts" },
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
  await Promise.all([esbuild.build(scripts), esbuild.build(styles)]);
}
