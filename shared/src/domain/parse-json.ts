import { TerminalError } from "../errors.ts";

/** Nothing that Fanfare reads goes deeper than five levels; an app's own parameters may go some more. */
export const MAX_JSON_DEPTH = 32;
/** 20,000 listed users are as many values. A list of a million empty objects is 3 MB as text, and 100 MB as objects. */
export const MAX_JSON_VALUES = 100_000;

/**
 * Parses text that came from outside. It is counted first, as objects take many times the memory of their text.
 * @throws TerminalError NOT_JSON, or JSON_TOO_LARGE. Neither quotes the text nor carries a cause: V8's SyntaxError
 *   quotes what it cannot read, which may be an address.
 */
export function parseJson(text: string): unknown {
  refuseBomb(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new TerminalError("NOT_JSON", "the text is not JSON");
  }
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Counts, without an allocation: every value is the first, or comes after a comma, a bracket or a brace. */
function refuseBomb(text: string): void {
  let [values, depth] = [1, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) values += 1;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      values += 1;
      depth += 1;
      if (depth > MAX_JSON_DEPTH) tooLarge(`is nested deeper than ${MAX_JSON_DEPTH} levels`);
    }
    if (values > MAX_JSON_VALUES) tooLarge(`holds more than ${MAX_JSON_VALUES} values`);
  }
}

/** Where the closing quote is; the text's end where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}

function tooLarge(why: string): never {
  throw new TerminalError("JSON_TOO_LARGE", `the JSON text ${why}`);
}
