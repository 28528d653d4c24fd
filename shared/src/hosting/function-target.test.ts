import { expect, test } from "vitest";
import { functionTarget } from "./function-target.ts";

test.each<[what: string, argv: string[], FUNCTION_TARGET: string | undefined, target: string | undefined]>([
  ["the variable", ["node", "main.js"], "push", "push"],
  ["the option", ["node", "main.js", "--target=documents"], undefined, "documents"],
  ["the option in two words", ["node", "main.js", "--target", "documents"], undefined, "documents"],
  ["the option before the variable", ["node", "main.js", "--target=documents"], "push", "documents"],
  ["neither", ["node", "main.js"], undefined, undefined],
  ["an empty variable", ["node", "main.js"], "", undefined],
  ["an option without a value", ["node", "main.js", "--target"], undefined, undefined],
])("the framework's function is named by %s", (_, argv, variable, target) => {
  const env = variable === undefined ? {} : { FUNCTION_TARGET: variable };
  expect(functionTarget(argv, env)).toBe(target);
});
