import { RetryableError } from "@fanfare/shared/errors";

/** A process of the simulated world. Once it is dead nothing of it goes on, and nobody tells it anything. */
export interface Process {
  name: string;
  alive: boolean;
}

/**
 * How a step ends. `crash-before` and `crash-after`: the process dies at this call, before or after it took effect.
 * `fail-before` and `fail-after`: the call throws, and again it may have taken effect all the same. `late`: it takes
 * effect, and its answer is a step of its own.
 */
export type Ending = "done" | "late" | "crash-before" | "crash-after" | "fail-before" | "fail-after";

/** Something that may happen next: a call of a process into a store, or a message on its way to FCM or back. */
export interface Step {
  process: Process;
  what: string;
  take(ending: Ending): Promise<void>;
}

interface Timer {
  process: Process;
  at: number;
  fire: () => void;
}

const failureOf = (what: string) => new RetryableError("STORE", `${what} failed`);

export type World = ReturnType<typeof createWorld>;

/** The year 2100: what a store dates by the real time is older. */
const START = 4_102_444_800_000;

/**
 * A world in which nothing happens by itself: every call into a store waits as a step until it is taken, time stands
 * still until it is moved, and any process may die at any step. The same choices give the same run.
 */
export function createWorld(onAdvance: (ms: number) => void) {
  let time = START;
  let steps: Step[] = [];
  let timers: Timer[] = [];
  const onDeath = new Set<(process: Process) => void>();

  function remove(step: Step): void {
    steps = steps.filter((other) => other !== step);
  }

  function crash(process: Process): void {
    if (!process.alive) return;
    process.alive = false;
    // What it sent to FCM goes on without it; its calls never took effect.
    steps = steps.filter((step) => step.process !== process || step.what === "fcm");
    timers = timers.filter((timer) => timer.process !== process);
    for (const listener of onDeath) listener(process);
  }

  /** Waits to be taken, then works. A dead process waits for ever. */
  function turn<T>(process: Process, what: string, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!process.alive) return;
      const step: Step = {
        process,
        what,
        async take(ending) {
          remove(step);
          if (ending === "crash-before") return crash(process);
          if (ending === "fail-before") return reject(failureOf(what));
          const outcome = work();
          const answer = await outcome.then(
            (value) => () => resolve(value),
            (error: unknown) => () => reject(error),
          );
          if (ending === "late")
            return void turn(process, `answer: ${what}`, () => outcome).then(resolve, reject);
          if (ending === "crash-after") return crash(process);
          if (ending === "fail-after") return reject(failureOf(what));
          answer();
        },
      };
      steps.push(step);
    });
  }

  /** Adds what happens outside of any process: it can neither crash nor fail. */
  function happen(process: Process, what: string, work: () => void): void {
    const step: Step = {
      process,
      what,
      async take() {
        remove(step);
        work();
      },
    };
    steps.push(step);
  }

  /** Lets everything run that waits for nothing but its turn. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  async function advance(ms: number): Promise<void> {
    time += ms;
    onAdvance(ms);
    const due = timers.filter(({ at }) => at <= time);
    timers = timers.filter(({ at }) => at > time);
    for (const { fire } of due) fire();
    await settle();
  }

  return {
    start: START,
    now: () => time,
    steps: () => steps,
    turn,
    happen,
    crash,
    settle,
    advance,
    after(process: Process, ms: number, fire: () => void): void {
      if (process.alive) timers.push({ process, at: time + ms, fire });
    },
    onDeath: (listener: (process: Process) => void) => void onDeath.add(listener),
  };
}
