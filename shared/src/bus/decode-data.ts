import { isUtf8 } from "node:buffer";
import type { Delivery } from "./index.ts";

/** A message's data as text. Of bytes that are not UTF-8 it is told: as text they would be U+FFFD, and look harmless. */
export function decodeData(bytes: Buffer): Pick<Delivery, "data" | "isGarbled"> {
  return { data: bytes.toString(), ...(!isUtf8(bytes) && { isGarbled: true }) };
}
