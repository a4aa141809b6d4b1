// Bundles the stand-in page into the folder given as the first argument, with the service's own style sheets.
import { copyFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "..", "..", "..", "static");
const out = process.argv[2];
const esbuild = createRequire(join(packages, "package.json"))("esbuild");

await esbuild.build({
  entryPoints: [join(here, "standin.ts")],
  outdir: out,
  bundle: true,
  format: "esm",
  charset: "utf8",
  target: "es2022",
  nodePaths: [join(packages, "node_modules")],
  mainFields: ["module", "main"],
  logLevel: "warning",
});
for (const name of ["app.css", "govuk.css"]) copyFileSync(join(packages, "dist", name), join(out, name));
writeFileSync(
  join(out, "index.html"),
  `<!doctype html>
<html lang="en" class="govuk-template app-template"><head><meta charset="utf-8"><title>Section F</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="govuk.css"><link rel="stylesheet" href="app.css"></head>
<body class="govuk-template__body app-wide app-writing"><div class="govuk-width-container"><main class="govuk-main-wrapper app-write" id="main-content">
<div class="app-write__bar" id="write-bar"><p class="app-write__where">F</p><div class="app-write__safe"><p class="app-save" id="save-status" data-state="saved">Saved 10:42</p><p class="app-save__note" id="connection-note"></p></div></div>
<h1 class="govuk-heading-l">F Special educational provision</h1>
<div class="app-working" id="working"></div></main></div><script type="module" src="standin.js"></script></body></html>
`,
);
