/**
 * The function that Google's functions framework serves, by its own rule: the option, then the variable. Undefined if
 * neither names one: then the framework has not started this process.
 */
export function functionTarget(
  argv: readonly string[],
  { FUNCTION_TARGET: variable }: NodeJS.ProcessEnv,
): string | undefined {
  const at = argv.findIndex((one) => one === "--target" || one.startsWith("--target="));
  const option = argv[at]?.includes("=") ? argv[at].slice("--target=".length) : argv[at + 1];
  return (at < 0 ? undefined : option) || variable || undefined;
}
