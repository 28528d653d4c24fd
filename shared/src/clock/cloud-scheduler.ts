import { CloudSchedulerClient, protos } from "@google-cloud/scheduler";
import { RetryableError, TerminalError } from "../errors.ts";
import { ticks } from "../events/ticks.ts";
import { STATUS, statusOf } from "../google/grpc.ts";
import { errorOf } from "./cloud-scheduler-errors.ts";
import type { Clock } from "./index.ts";

/** Google's messages, for a stub that speaks them. */
export { protos };

export type ClientOptions = NonNullable<ConstructorParameters<typeof CloudSchedulerClient>[0]>;
export type Job = protos.google.cloud.scheduler.v1.IJob;

export interface CloudSchedulerSettings {
  project: string;
  region: string;
  /** The topic's id, with its prefix. */
  topic: string;
  /** The job's id. */
  name?: string;
  /** How long one call may take with its retries, in milliseconds. */
  timeoutMs?: number;
  /** Milliseconds of a monotonic clock. */
  now?: () => number;
  clientOptions?: ClientOptions;
}

/** What had to be done for ticks to come. */
export type TickOutcome = "kept" | "created" | "repaired" | "resumed";

export interface CloudSchedulerClock extends Clock {
  /** Looks at the job, and makes or mends it. @throws TerminalError CLOCK_MISSING or RetryableError CLOCK_UNAVAILABLE */
  ensureTick(): Promise<TickOutcome>;
  close(): Promise<void>;
}

/** Long enough to cost nothing per broadcast; short enough that a job someone deleted is missed by few of them. */
const SURE_MS = 5 * 60_000;
const TIMEOUT_MS = 10_000;
/** Each round that others disturb means that they made or mended the job meanwhile; the next one sees that. */
const ROUNDS = 5;

/** A clock that is a job of Cloud Scheduler: every minute it publishes to the topic of ticks. */
export function createCloudSchedulerClock(settings: CloudSchedulerSettings): CloudSchedulerClock {
  const { now = () => performance.now() } = settings;
  const client = new CloudSchedulerClient(settings.clientOptions);
  let sureUntil = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    const lookedAt = now();
    await ensureTick(client, settings);
    sureUntil = lookedAt + SURE_MS;
  }

  return {
    ensureTick: () => ensureTick(client, settings),
    async ensure() {
      if (now() < sureUntil) return;
      looking ??= look().finally(() => {
        looking = null;
      });
      await looking;
    },
    close: () => client.close(),
  };
}

async function ensureTick(
  client: CloudSchedulerClient,
  settings: CloudSchedulerSettings,
): Promise<TickOutcome> {
  const wanted = wantedJob(settings);
  const jobs = callsOf(client, settings, wanted);
  if (!settings.clientOptions?.sslCreds) await findCredentials(client);
  let disturbance: unknown;
  for (let round = 0; round < ROUNDS; round++) {
    try {
      return await mend(jobs, wanted);
    } catch (error) {
      if (!(error instanceof Disturbed)) throw errorOf(error, settings);
      disturbance = error.cause;
    }
  }
  const message = `something else keeps changing the Cloud Scheduler job ${wanted.name}`;
  throw new RetryableError("CLOCK_UNAVAILABLE", message, { cause: disturbance });
}

/** Without credentials the client would throw once more where nobody can catch it, and end the process. */
async function findCredentials(client: CloudSchedulerClient): Promise<void> {
  try {
    await client.auth.getClient();
  } catch (cause) {
    throw new TerminalError("CLOCK_MISSING", "there are no Google credentials to ask Cloud Scheduler with", {
      cause,
    });
  }
}

/** Another process changed the job between our look at it and our change. */
class Disturbed extends Error {}

/** Turns what other processes may cause into `Disturbed`. */
async function unless<T>(codes: readonly (number | undefined)[], call: Promise<T>): Promise<T> {
  return call.catch((cause: unknown) => {
    throw codes.includes(statusOf(cause)) ? new Disturbed("disturbed", { cause }) : cause;
  });
}

/** What is asked of Cloud Scheduler about one job. */
function callsOf(client: CloudSchedulerClient, settings: CloudSchedulerSettings, wanted: WantedJob) {
  const { project, region, timeoutMs: timeout = TIMEOUT_MS } = settings;
  const { name } = wanted;
  const creating = { parent: `projects/${project}/locations/${region}`, job: wanted };
  const updating = { job: wanted, updateMask: { paths: MENDED } };
  // A job that is not there to be created means that the location is not.
  const others = [STATUS.ALREADY_EXISTS, STATUS.ABORTED];
  const gone = [STATUS.NOT_FOUND, STATUS.FAILED_PRECONDITION, STATUS.ABORTED];
  return {
    get: () => client.getJob({ name }, { timeout }).then(([job]) => job, absent),
    create: () => unless(others, client.createJob(creating, { timeout })),
    update: () => unless(gone, client.updateJob(updating, { timeout })),
    resume: () => unless(gone, client.resumeJob({ name }, { timeout })),
    delete: () => unless(gone, client.deleteJob({ name }, { timeout })),
  };
}

function absent(error: unknown): null {
  if (statusOf(error) === STATUS.NOT_FOUND) return null;
  throw error;
}

/** One look and what follows from it. Every step may be disturbed by another process that does the same. */
async function mend(jobs: ReturnType<typeof callsOf>, wanted: WantedJob): Promise<TickOutcome> {
  const job = await jobs.get();
  if (!job) {
    await jobs.create();
    return "created";
  }
  // Disabled by the system after an error: the API resumes paused jobs only.
  if (job.state === "DISABLED") {
    await jobs.delete();
    await jobs.create();
    return "repaired";
  }
  const broken = differs(job, wanted) || job.state === "UPDATE_FAILED";
  if (broken) await jobs.update();
  if (job.state === "PAUSED") await jobs.resume();
  if (broken) return "repaired";
  return job.state === "PAUSED" ? "resumed" : "kept";
}

/** The fields that are put right. Description and retries are for whoever runs the project to change. */
const MENDED = ["schedule", "time_zone", "pubsub_target"];

type WantedJob = ReturnType<typeof wantedJob>;

function wantedJob({ project, region, topic, name = "fanfare-tick" }: CloudSchedulerSettings) {
  return {
    name: `projects/${project}/locations/${region}/jobs/${name}`,
    description: "Fanfare's clock: releases what is due, and drives on what stands still",
    schedule: "* * * * *",
    timeZone: "Etc/UTC",
    pubsubTarget: {
      topicName: `projects/${project}/topics/${topic}`,
      data: Buffer.from(ticks.encode({}).data),
    },
    // After 5, 10 and 20 seconds: before the next tick would come anyway.
    retryConfig: { retryCount: 3 },
  } satisfies Job;
}

function differs(job: Job, wanted: Job): boolean {
  const facts = ({ schedule, timeZone, pubsubTarget }: Job) => [
    schedule,
    timeZone,
    pubsubTarget?.topicName,
    Buffer.from(pubsubTarget?.data ?? "").toString(),
  ];
  return JSON.stringify(facts(job)) !== JSON.stringify(facts(wanted));
}
