import { expect, test } from "vitest";
import type { Child } from "../child.ts";
import { asText } from "./announce.ts";

const child = {} as Child;

test("a person reads what runs where, and what to copy", () => {
  const text = asText({
    project: "demo-fanfare",
    pubsub: "127.0.0.1:1",
    firestore: "127.0.0.1:2",
    fcm: { url: "http://127.0.0.1:8085", simulated: true },
    children: { scheduler: child, "sender 1": child },
    senders: ["sender 1"],
    urls: { scheduler: "http://127.0.0.1:3/" },
  });
  expect(text).toBe(`Fanfare is up on the emulators, in project demo-fanfare:
  Pub/Sub emulator    127.0.0.1:1
  Firestore emulator  127.0.0.1:2
  FCM simulator       http://127.0.0.1:8085
  scheduler           http://127.0.0.1:3/
  sender 1            pulls

In another terminal:
  export PUBSUB_EMULATOR_HOST=127.0.0.1:1 FIRESTORE_EMULATOR_HOST=127.0.0.1:2 FANFARE_PROJECT=demo-fanfare
  fanfare send --project demo-fanfare --title Hello --text World --audience all
End with Ctrl-C.`);
});

test("senders that are pushed to have one address, and pull nothing", () => {
  const text = asText({
    project: "demo-fanfare",
    pubsub: "127.0.0.1:1",
    firestore: "127.0.0.1:2",
    fcm: { url: "http://127.0.0.1:8085", simulated: true },
    children: { "sender 1": child, "sender 2": child },
    senders: ["sender 1", "sender 2"],
    urls: { sender: "http://127.0.0.1:3/" },
  });
  expect(text).toContain("  sender              http://127.0.0.1:3/\n");
  expect(text).not.toContain("pulls");
});
