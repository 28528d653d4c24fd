import type { Services } from "../installation/place.ts";
import type { Fcm } from "./fcm.ts";

/** What runs on the emulators. */
export interface Running extends Pick<Services, "children" | "senders" | "urls"> {
  project: string;
  /** Host and port of each emulator. */
  pubsub: string;
  firestore: string;
  fcm: Pick<Fcm, "url" | "simulated">;
}

/** What runs where, for a program. */
export function asJson({ project, pubsub, firestore, fcm, children, urls }: Running): string {
  const { url, simulated } = fcm;
  const processes = Object.keys(children);
  return JSON.stringify({ project, pubsub, firestore, fcm: url, simulated, urls, processes });
}

/** What runs where, and what a person copies into another terminal. */
export function asText({ project, pubsub, firestore, fcm, senders, urls }: Running): string {
  const pulling = urls.sender === undefined ? senders : [];
  const rows: [string, string][] = [
    ["Pub/Sub emulator", pubsub],
    ["Firestore emulator", firestore],
    [fcm.simulated ? "FCM simulator" : "FCM", fcm.url],
    ...Object.entries(urls),
    ...pulling.map((name): [string, string] => [name, "pulls"]),
  ];
  const places = rows.map(([what, where]) => `  ${what.padEnd(20)}${where}`).join("\n");
  return `Fanfare is up on the emulators, in project ${project}:
${places}

In another terminal:
  export PUBSUB_EMULATOR_HOST=${pubsub} FIRESTORE_EMULATOR_HOST=${firestore} FANFARE_PROJECT=${project}
  fanfare send --project ${project} --title Hello --text World --audience all
End with Ctrl-C.`;
}
