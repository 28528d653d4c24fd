/** A text that a document quotes, cut to `most` characters: any signed-in user may write those, of any length. */
export function shorten(text: string, most: number): string {
  return (text.length > most ? `${text.slice(0, most)}…` : text).toWellFormed();
}
