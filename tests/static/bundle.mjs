// Bundles every *.test.mjs and *.run.mjs here with the TypeScript it imports, into the folder given as the first argument.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "..", "..", "static");
const esbuild = createRequire(join(packages, "package.json"))("esbuild");
const tests = readdirSync(here).filter((name) => /\.(test|run)\.mjs$/.test(name));

await esbuild.build({
  entryPoints: tests.map((name) => join(here, name)),
  outdir: process.argv[2],
  outExtension: { ".js": ".mjs" },
  nodePaths: [join(packages, "node_modules")],
  mainFields: ["module", "main"],
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  logLevel: "warning",
  // Some packages still ask for Node's own modules in the old way.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
