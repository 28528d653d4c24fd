import { describeOnEmulators } from "@fanfare/shared/testing/emulators";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BroadcastEvent, openBroadcasts } from "../../docs/examples/publish-request.ts";
import { addressesOf, type Installation, POPULATION, startInstallation } from "../testing/emulated.ts";

/** What the README shows to other services, run against the whole installation. */

const CALLER = "news-service";
const CONTENT = { title: "Hello", text: "World", initialPage: "News" };
/** Long enough for the request to arrive before its time on a busy machine. */
const LATER_MS = 6_000;

const isFine = (user: string) =>
  POPULATION.filter((device) => device.user === user).every(({ nature }) => nature === "fine");
/** Nothing of theirs is pruned by another broadcast meanwhile. */
const LISTED = [...new Set(POPULATION.map(({ user }) => user))].filter(isFine).slice(0, 20);

describeOnEmulators("another service", ["pubsub", "firestore"], () => {
  let installation: Installation;
  const events: BroadcastEvent[] = [];
  beforeAll(async () => {
    installation = await startInstallation({ settings: { FANFARE_LOG_LEVEL: "debug" } });
  });
  afterAll(() => installation?.close());

  const finishedOf = (key: string) =>
    events.filter(({ type, idempotencyKey }) => type === "broadcast.finished" && idempotencyKey === key);
  const idsOf = (key: string) => new Set(finishedOf(key).map(({ eventId }) => eventId));

  test("asks twice and once for later, and is told of two broadcasts with their books", async () => {
    const { project, store, expectBalanced } = installation;
    await using closing = new AsyncDisposableStack();
    const broadcasts = closing.adopt(openBroadcasts(project, CALLER), (one) => one.close());
    await broadcasts.listen("news-service.events", (event) => events.push(event));

    const at = new Date(Date.now() + LATER_MS);
    const later = { content: CONTENT, audience: { users: LISTED }, at: at.toISOString() };
    await broadcasts.request("later", later);
    for (let times = 1; times <= 2; times++)
      await broadcasts.request("news", { content: CONTENT, audience: "all" });
    for (const key of ["news", "later"])
      await expect.poll(() => idsOf(key).size, { timeout: 60_000 }).toBeGreaterThan(0);

    const stored = await store.broadcasts.list(undefined, 10);
    expect(stored.map(({ idempotencyKey }) => idempotencyKey).toSorted()).toEqual(["later", "news"]);
    for (const { id, idempotencyKey } of stored) {
      const isIn = ({ user }: { user: string }) => idempotencyKey === "news" || LISTED.includes(user);
      const books = await expectBalanced(id, isIn);
      expect(books.accepted).toBeGreaterThan(0);
      expect(idsOf(idempotencyKey).size, "one event, however often it is told").toBe(1);
      expect(finishedOf(idempotencyKey)[0]).toMatchObject({ broadcastId: id, phase: "succeeded", books });
    }
    const kept = stored.find(({ idempotencyKey }) => idempotencyKey === "later");
    expect(kept?.dueAt).toBe(at.getTime());
    expect(kept?.createdAt, "it was stored before its time").toBeLessThan(at.getTime());
    expect(kept?.releasedAt).toBeGreaterThanOrEqual(at.getTime());
    expect(events.filter(({ type }) => type === "request.failed")).toEqual([]);
  });

  test("no log line of any process names an address, and each says what it is about", async () => {
    await installation.close();
    const { logs } = installation;
    const addresses = [...addressesOf(POPULATION)];
    const telling = logs.filter((line) =>
      addresses.some((address) => line.includes(address) || line.includes(address.slice(0, 20))),
    );
    expect(telling).toEqual([]);

    const lines = logs.map(parseLine);
    for (const line of lines)
      expect(line).toMatchObject({
        severity: expect.stringMatching(/^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$/),
        message: expect.any(String),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      });
    const ids = new Set(
      events.flatMap((event) => (event.type === "broadcast.finished" ? event.broadcastId : [])),
    );
    // Requests have no broadcast yet.
    const about = lines.filter(({ subscription }) => /^(resolver|sender)\./.test(String(subscription)));
    expect(about.filter(({ broadcastId }) => !ids.has(String(broadcastId)))).toEqual([]);
    expect(new Set(about.map(({ broadcastId }) => broadcastId))).toEqual(ids);
  });
});

/** A line that is no JSON is told as it is. */
function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line);
  } catch {
    return { notJson: line };
  }
}
