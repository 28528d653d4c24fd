import { z } from "zod";

/** The forms of derived ids (see `domain/ids.ts`), for the schemas of events. */
export const broadcastIdForm = z.string().regex(/^b[0-9a-f]{24}$/, "is not a broadcast's id");
export const rangeIdForm = z.string().regex(/^b[0-9a-f]{24}\.\d{3}$/, "is not a range's id");
export const chunkIdForm = z.string().regex(/^b[0-9a-f]{24}\.\d{3}\.\d{6,}$/, "is not a chunk's id");
