// The lints of the package's TypeScript. Prettier has the format.

import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "ts/generated/"] },
  {
    files: ["ts/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `() => f()` and `() => void f()` are short where the result does not matter.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-meaningless-void-operator": "off",
      "@typescript-eslint/no-unused-expressions": ["error", { allowShortCircuit: true, allowTernary: true }],
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // JavaScript passes values that the types rule out, and the native half promises more than its types say.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      // `Unconvertible` and `Unknown` become errors where they are caught.
      "@typescript-eslint/only-throw-error": "off",
      // The public method that was called, for `Error.captureStackTrace`. It is never called.
      "@typescript-eslint/no-unsafe-function-type": "off",
      "@typescript-eslint/unbound-method": "off",
      // Models and errors are printed by their own fields.
      "@typescript-eslint/no-misused-spread": "off",
    },
  },
  {
    // The package is CommonJS, and loads these when they are needed.
    files: ["ts/library.ts", "ts/observe.ts"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
);
