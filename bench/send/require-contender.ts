import { createRequire } from "node:module";

const require = createRequire(new URL("../contenders/package.json", import.meta.url));

/** A package that only the benchmark needs, from the folder beside: none of it is typed or bundled with the rest. */
export function requireContender(name: string): unknown {
  return require(name);
}
