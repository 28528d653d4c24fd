import type { OtherDriver, SeenSender } from "../../senders/index.ts";
import { type Finding, type Installation, iso, orWell } from "./finding.ts";

/** Of a large fleet these say enough. */
const SHOWN = 5;

type Other = SeenSender & { driver: OtherDriver };

/**
 * Senders that have left our own HTTP/2 for Node's, which costs more: of those that wrote in the last ten minutes, as no
 * others send.
 */
export async function checkTransport({ senders }: Installation): Promise<readonly Finding[]> {
  const seen = (await senders.look()).senders;
  const others = seen.filter((sender): sender is Other => sender.driver !== undefined);
  const byCause = Map.groupBy(others, ({ driver }) => driver.cause);
  const found = [...byCause].map(([cause, some]) => describe(cause, some));
  return orWell("transport", found, "every sender uses Fanfare's own HTTP/2");
}

function describe(cause: string | undefined, senders: readonly Other[]): Finding {
  const ids = senders.map(({ id }) => id).sort();
  const list = ids.slice(0, SHOWN).join(", ") + (ids.length > SHOWN ? ", …" : "");
  const since = iso(Math.min(...senders.map(({ driver }) => driver.since)));
  const use = `senders that use Node's HTTP/2 instead of Fanfare's: ${ids.length} (${list}), since ${since}`;
  if (cause === undefined) return { check: "transport", ok: true, message: `${use}, as the setting says` };
  const message = `${use}: three connections to FCM in a row broke off before an answer, the last with ${cause}`;
  return { check: "transport", ok: false, message, doThis: ADVICE };
}

const ADVICE =
  "messages go out all the same, at a higher cost; please report it; restart the senders to try again, or choose it with FANFARE_FCM_HTTP2=node";
