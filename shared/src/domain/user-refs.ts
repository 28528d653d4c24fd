import { nameFault } from "./text.ts";
import { fitsUtf8 } from "./utf8.ts";

/** Listed users of one broadcast: more are an audience of their own, better reached by a platform or by all. */
export const MAX_USERS = 20_000;

/**
 * Paths of user documents from what people type: `users/a`, `/users/a`, ` users/a`, or the bare id `a`; doubles are
 * dropped and empty entries (a trailing comma) ignored. Whatever would read another collection is refused.
 */
export function normalizeUserRefs(
  refs: readonly string[],
  usersCollection: string,
): { paths: string[]; refused: string[] } {
  const paths = new Set<string>();
  const refused: string[] = [];
  for (const ref of refs) {
    const segments = ref.trim().replace(/^\//, "").split("/");
    if (segments.length === 1 && segments[0] === "") continue;
    if (segments.length === 1) segments.unshift(usersCollection);
    const [collection, uid] = segments;
    if (segments.length === 2 && collection === usersCollection && uid !== undefined && isDocumentId(uid)) {
      paths.add(segments.join("/"));
    } else refused.push(ref);
  }
  return { paths: [...paths], refused };
}

/**
 * What Firestore takes as a document's id: one that it refuses would fail the read of all the others too, and the
 * client tries some of these reads again for minutes. It takes control characters; an id that has them is a mistake.
 * (firebase.google.com/docs/firestore/quotas: collections, documents, and fields)
 */
export function isDocumentId(id: string): boolean {
  const isReserved = id === "" || id === "." || id === ".." || /^__.*__$/.test(id);
  return !isReserved && !id.includes("/") && fitsUtf8(id, 1500) && nameFault(id) === undefined;
}
