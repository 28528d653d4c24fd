import { promisify } from "node:util";
import {
  credentials,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  status,
} from "@grpc/grpc-js";
import { type ClientOptions, type Job, protos } from "../clock/cloud-scheduler.ts";

const v1 = protos.google.cloud.scheduler.v1;
const { State } = v1.Job;
const { Empty } = protos.google.protobuf;

export interface CloudSchedulerStub {
  /** For the real client, so that it talks to this stub. */
  clientOptions: ClientOptions;
  /** By name; a test may change them behind the client's back. */
  jobs: Map<string, Job>;
  /** The methods called, in order. */
  calls: string[];
  /** Does something once, at the next call of a method, before it is served. */
  before(method: Method, act: () => void): void;
  /** Lets every call of a method fail from now on, with the name of a gRPC code. */
  fail(method: Method, code: keyof typeof status, message?: string): void;
  close(): Promise<void>;
}

export type Method = "GetJob" | "CreateJob" | "UpdateJob" | "DeleteJob" | "PauseJob" | "ResumeJob";

/**
 * A stand-in for Cloud Scheduler that speaks its gRPC protocol, keeps jobs in memory and refuses what the API's
 * reference says it refuses. Time does not pass in it: no job ever runs.
 */
export async function startCloudSchedulerStub(): Promise<CloudSchedulerStub> {
  const jobs = new Map<string, Job>();
  const calls: string[] = [];
  const acts = new Map<Method, () => void>();
  const faults = new Map<Method, Error>();

  const serve = <Q, A>(method: Method, request: Codec<Q>, answer: Codec<A>, work: (asked: Q) => A) => {
    const handle: handleUnaryCall<Q, A> = (call, callback) => {
      try {
        calls.push(method);
        const act = acts.get(method);
        acts.delete(method);
        act?.();
        const fault = faults.get(method);
        if (fault) throw fault;
        callback(null, work(call.request));
      } catch (error) {
        callback(error as Error);
      }
    };
    server.addService({ [method]: definition(method, request, answer) }, { [method]: handle });
  };

  const get = (name: string | null | undefined): Job => {
    const job = jobs.get(name ?? "");
    if (!job) throw refusal("NOT_FOUND", "Job not found.");
    return job;
  };
  const put = (job: Job): Job => {
    jobs.set(job.name ?? "", job);
    return job;
  };
  /** A change of state that is allowed from one state only. */
  const turn = (name: string | null | undefined, from: number, to: number): Job => {
    const job = get(name);
    if (job.state !== from) throw refusal("FAILED_PRECONDITION", `Job must be in state ${State[from]}.`);
    return put({ ...job, state: to });
  };

  const server = new Server();
  serve("GetJob", v1.GetJobRequest, v1.Job, ({ name }) => get(name));
  serve("CreateJob", v1.CreateJobRequest, v1.Job, ({ parent, job }) => {
    if (!job?.name?.startsWith(`${parent}/jobs/`)) throw refusal("INVALID_ARGUMENT", "Job name is invalid.");
    if (jobs.has(job.name)) throw refusal("ALREADY_EXISTS", `Job ${job.name} already exists.`);
    checkJob(job);
    return put({ ...plain(job), state: State.ENABLED });
  });
  serve("UpdateJob", v1.UpdateJobRequest, v1.Job, ({ job, updateMask }) => {
    const before = get(job?.name);
    const after = { ...before, ...masked(plain(job ?? {}), updateMask?.paths) };
    checkJob(after);
    return put({ ...after, state: before.state === State.PAUSED ? State.PAUSED : State.ENABLED });
  });
  serve("DeleteJob", v1.DeleteJobRequest, Empty, ({ name }) => {
    jobs.delete(get(name).name ?? "");
    return {};
  });
  serve("PauseJob", v1.PauseJobRequest, v1.Job, ({ name }) => turn(name, State.ENABLED, State.PAUSED));
  serve("ResumeJob", v1.ResumeJobRequest, v1.Job, ({ name }) => turn(name, State.PAUSED, State.ENABLED));

  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
  return {
    clientOptions: { apiEndpoint: "127.0.0.1", port, sslCreds: credentials.createInsecure() },
    jobs,
    calls,
    before: (method, act) => void acts.set(method, act),
    fail: (method, code, message = `told to fail with ${code}`) =>
      void faults.set(method, refusal(code, message)),
    close: async () => server.forceShutdown(),
  };
}

function checkJob({ schedule, pubsubTarget }: Job): void {
  if (!schedule) throw refusal("INVALID_ARGUMENT", "Schedule is required.");
  if (!pubsubTarget?.topicName) throw refusal("INVALID_ARGUMENT", "A target is required.");
  const { data, attributes } = pubsubTarget;
  if (!data?.length && Object.keys(attributes ?? {}).length === 0)
    throw refusal("INVALID_ARGUMENT", "Pub/Sub message must contain data or an attribute.");
}

const refusal = (code: keyof typeof status, message: string): Error =>
  Object.assign(new Error(message), { code: status[code], details: message });

/** The fields of a job that were sent, without the class of the message. */
const plain = (job: Job): Job => v1.Job.toObject(v1.Job.fromObject(job));

/** Only the fields that a mask names, in the protocol's spelling; all of them without a mask. */
function masked(job: Job, paths: readonly string[] | null | undefined): Job {
  if (!paths?.length) return job;
  const names = paths.map((path) => path.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()));
  return Object.fromEntries(Object.entries(job).filter(([name]) => names.includes(name)));
}

/** How a message of the package's is written and read. */
interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

function definition<Q, A>(method: Method, request: Codec<Q>, answer: Codec<A>): MethodDefinition<Q, A> {
  return {
    path: `/google.cloud.scheduler.v1.CloudScheduler/${method}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (message) => Buffer.from(request.encode(message).finish()),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (message) => Buffer.from(answer.encode(message).finish()),
    responseDeserialize: (bytes) => answer.decode(bytes),
  };
}
