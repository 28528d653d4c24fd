import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RetryableError, TerminalError } from "../errors.ts";
import {
  type CloudSchedulerStub,
  type Method,
  startCloudSchedulerStub,
} from "../testing/cloud-scheduler-stub.ts";
import {
  type CloudSchedulerClock,
  createCloudSchedulerClock,
  type Job,
  protos,
  type TickOutcome,
} from "./cloud-scheduler.ts";

const { State } = protos.google.cloud.scheduler.v1.Job;
const NAME = "projects/shop/locations/europe-west1/jobs/fanfare-tick";
const WANTED: Job = {
  name: NAME,
  description: "Fanfare's clock: releases what is due, and drives on what stands still",
  schedule: "* * * * *",
  timeZone: "Etc/UTC",
  pubsubTarget: { topicName: "projects/shop/topics/my-tick", data: Buffer.from('{"v":1}') },
  retryConfig: { retryCount: 3 },
  state: State.ENABLED,
};

let stub: CloudSchedulerStub;
let clock: CloudSchedulerClock;
let time: number;
beforeEach(async () => {
  time = 0;
  stub = await startCloudSchedulerStub();
  clock = clockOf();
});
afterEach(async () => {
  await clock.close();
  await stub.close();
});

const clockOf = (timeoutMs = 20_000) =>
  createCloudSchedulerClock({
    project: "shop",
    region: "europe-west1",
    topic: "my-tick",
    timeoutMs,
    now: () => time,
    clientOptions: stub.clientOptions,
  });

const put = (fields: Partial<Job> = {}) => stub.jobs.set(NAME, { ...WANTED, ...fields });
const job = () => stub.jobs.get(NAME);
const failure = () => clock.ensureTick().catch((error: unknown) => error);

describe("the job", () => {
  test("is created where it is missing", async () => {
    expect(await clock.ensureTick()).toBe("created");
    expect(job()).toEqual(WANTED);
    expect(stub.calls).toEqual(["GetJob", "CreateJob"]);
  });

  test("is left alone where it is as it should be, with what its keeper changed", async () => {
    put({ description: "ours", retryConfig: { retryCount: 5 } });
    expect(await clock.ensureTick()).toBe("kept");
    expect(stub.calls).toEqual(["GetJob"]);
  });

  const target = WANTED.pubsubTarget;
  const cases: [string, Partial<Job>, TickOutcome, Method[]][] = [
    ["paused", { state: State.PAUSED }, "resumed", ["ResumeJob"]],
    ["with another schedule", { schedule: "0 * * * *" }, "repaired", ["UpdateJob"]],
    ["with another time zone", { timeZone: "Europe/Berlin" }, "repaired", ["UpdateJob"]],
    ["toward another topic", { pubsubTarget: { ...target, topicName: "x" } }, "repaired", ["UpdateJob"]],
    ["with other data", { pubsubTarget: { ...target, data: Buffer.from("{}") } }, "repaired", ["UpdateJob"]],
    ["left behind by a failed update", { state: State.UPDATE_FAILED }, "repaired", ["UpdateJob"]],
    ["wrong and paused", { schedule: "x", state: State.PAUSED }, "repaired", ["UpdateJob", "ResumeJob"]],
    ["disabled by the system", { state: State.DISABLED }, "repaired", ["DeleteJob", "CreateJob"]],
  ];
  test.each(cases)("%s is put right", async (_name, fields, outcome, calls) => {
    put(fields);
    expect(await clock.ensureTick()).toBe(outcome);
    expect(job()).toEqual(WANTED);
    expect(stub.calls).toEqual(["GetJob", ...calls]);
    expect(await clock.ensureTick()).toBe("kept");
  });

  test("that is repaired keeps what is its keeper's to change", async () => {
    put({ schedule: "0 * * * *", description: "ours", retryConfig: { retryCount: 5 } });
    await clock.ensureTick();
    expect(job()).toEqual({ ...WANTED, description: "ours", retryConfig: { retryCount: 5 } });
  });
});

describe("somebody else at the same time", () => {
  test("creates the job: theirs is kept", async () => {
    stub.before("CreateJob", () => put());
    expect(await clock.ensureTick()).toBe("kept");
  });

  test("deletes the job that was to be repaired: it is created", async () => {
    put({ schedule: "0 * * * *" });
    stub.before("UpdateJob", () => stub.jobs.clear());
    expect(await clock.ensureTick()).toBe("created");
    expect(job()).toEqual(WANTED);
  });

  test("resumes the job: that is enough", async () => {
    put({ state: State.PAUSED });
    stub.before("ResumeJob", () => put());
    expect(await clock.ensureTick()).toBe("kept");
  });

  test("mends it too: both are content, and there is one job", async () => {
    const other = clockOf();
    const outcomes = await Promise.all([clock.ensureTick(), other.ensureTick()]);
    await other.close();
    expect(outcomes.toSorted()).toEqual(["created", "kept"]);
    expect([...stub.jobs.values()]).toEqual([WANTED]);
  });

  test("changes it without end: that may pass", async () => {
    put({ schedule: "0 * * * *" });
    stub.fail("UpdateJob", "ABORTED");
    expect(await failure()).toMatchObject({ name: "RetryableError", code: "CLOCK_UNAVAILABLE" });
  });
});

describe("a fault", () => {
  const terminal: [string, Method, Parameters<CloudSchedulerStub["fail"]>[1], string | undefined, RegExp][] =
    [
      ["no permission", "GetJob", "PERMISSION_DENIED", undefined, /roles\/cloudscheduler.admin in shop/],
      [
        "the API is not enabled",
        "GetJob",
        "PERMISSION_DENIED",
        "Cloud Scheduler API has not been used in project 1 before or it is disabled.",
        /gcloud services enable cloudscheduler.googleapis.com --project shop/,
      ],
      ["no such region", "CreateJob", "NOT_FOUND", undefined, /region europe-west1: check .*FANFARE_REGION/],
      [
        "a refused job",
        "CreateJob",
        "INVALID_ARGUMENT",
        "Location must equal asia-east1",
        /Location must equal/,
      ],
      ["bad credentials", "GetJob", "UNAUTHENTICATED", undefined, /does not take the credentials/],
    ];
  test.each(terminal)("%s: says what to do", async (_name, method, code, message, todo) => {
    stub.fail(method, code, message);
    const error = await failure();
    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({ code: "CLOCK_MISSING", message: expect.stringMatching(todo) });
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  test.each(["UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "RESOURCE_EXHAUSTED"] as const)(
    "%s may pass",
    async (code) => {
      stub.fail("CreateJob", code);
      const error = await failure();
      expect(error).toBeInstanceOf(RetryableError);
      expect(error).toMatchObject({ code: "CLOCK_UNAVAILABLE" });
    },
  );

  test("of the network may pass too, and is not waited out for long", async () => {
    const hasty = clockOf(200);
    await stub.close();
    await expect(hasty.ensure()).rejects.toMatchObject({ name: "RetryableError", code: "CLOCK_UNAVAILABLE" });
    await hasty.close();
  });
});

describe("making sure", () => {
  const looks = () => stub.calls.filter((call) => call === "GetJob").length;

  test("ten times, at once and one after another, costs one look", async () => {
    await Promise.all(Array.from({ length: 5 }, () => clock.ensure()));
    for (let count = 0; count < 5; count++) await clock.ensure();
    expect(looks()).toBe(1);
    expect(job()).toEqual(WANTED);
  });

  test("is done again after five minutes", async () => {
    await clock.ensure();
    stub.jobs.clear();
    time = 5 * 60_000 - 1;
    await clock.ensure();
    expect(job()).toBeUndefined();
    time += 1;
    await clock.ensure();
    expect(job()).toEqual(WANTED);
  });

  test("is tried again at once after a failure", async () => {
    stub.before("GetJob", () => {
      throw Object.assign(new Error("no"), { code: 7, details: "no" });
    });
    await expect(clock.ensure()).rejects.toMatchObject({ code: "CLOCK_MISSING" });
    await clock.ensure();
    expect(looks()).toBe(2);
  });
});
