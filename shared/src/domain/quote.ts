/** Control and format characters, and line breaks of any kind: they could forge a line or turn a terminal's text round. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text from outside as a part of one line: what cannot be seen is shown as JSON would write it. */
export function onOneLine(text: string): string {
  return text.replace(HIDDEN, (hidden) =>
    [...Array(hidden.length).keys()]
      .map((unit) => `\\u${hidden.charCodeAt(unit).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** A name from outside in a sentence: as it is if it is plain, else between quotation marks. */
export function quote(name: string): string {
  return /^[\p{L}\p{N}_./-]+$/u.test(name) ? name : onOneLine(JSON.stringify(name));
}
