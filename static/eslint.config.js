// Rules for the browser's code. Markup strings and prompt() are refused by rule: text goes into the page as text.
import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    files: ["src/**/*.ts"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-alert": "error",
      "no-console": "error",
      "no-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Build elements; text is never markup." },
        { property: "outerHTML", message: "Build elements; text is never markup." },
        { property: "insertAdjacentHTML", message: "Build elements; text is never markup." },
      ],
      eqeqeq: "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  { files: ["*.js", "*.mjs"], ...tseslint.configs.disableTypeChecked },
  { files: ["*.js", "*.mjs"], languageOptions: { globals: { process: "readonly" } } },
);
