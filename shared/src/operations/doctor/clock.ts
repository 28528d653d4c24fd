import type { NotedStep } from "../../health/index.ts";
import { type Finding, type Installation, inWords, iso, orWell, SOME } from "./finding.ts";

/** The tick tells of what is due within a minute, and then puts off the next time: what is older it did not see. */
const LATE_MS = 120_000;

/** Of a clock that steps again and again the latest say enough. */
const SHOWN = 5;

const DAY_MS = 86_400_000;
/** A step harms nothing by itself: after an hour it is told of, and no longer fails a monitor that asks. */
const ALARM_MS = 3_600_000;

/** By the store's clock alone: a reader's own may be what is wrong. */
export async function checkClock({ health, patienceMs, clockHelp }: Installation): Promise<Finding[]> {
  const ageMs = await health.sinceTick();
  if (ageMs === null)
    return [{ check: "clock", ok: false, message: "no tick has ever gone through", doThis: clockHelp }];
  const message = `the last tick went through ${inWords(ageMs)} ago`;
  return ageMs > patienceMs
    ? [{ check: "clock", ok: false, message, doThis: clockHelp }]
    : [{ check: "clock", ok: true, message }];
}

/** One that was noted by a clock that was ahead is of the last day as well. */
export async function checkClockSteps({ health, now }: Installation): Promise<readonly Finding[]> {
  const steps = (await health.clockSteps(SHOWN)).filter(({ at }) => now - at <= DAY_MS);
  return orWell(
    "clock steps",
    steps.map((step) => describeStep(step, now)),
    "no clock stepped in the last day",
  );
}

function describeStep({ service, stepMs, at }: NotedStep, now: number): Finding {
  const how = `${stepMs < 0 ? "back" : "forward"} by ${inWords(Math.abs(stepMs))}`;
  const message = `the clock of the ${service} stepped ${how} at ${iso(at)}: it was set, or the machine slept`;
  if (now - at > ALARM_MS) return { check: "clock steps", ok: true, message };
  const doThis =
    "let the machine keep its time by NTP and not sleep; check the times of scheduled broadcasts";
  return { check: "clock steps", ok: false, message, doThis };
}

export async function checkDue(installation: Installation): Promise<readonly Finding[]> {
  const { broadcasts, now, patienceMs } = installation;
  const late = await broadcasts.due(now - patienceMs, SOME);
  const found = late.map(({ id, dueAt }): Finding => {
    const message = `was due at ${iso(dueAt)} and is not released`;
    return { check: "due", ok: false, about: id, message, doThis: TICK };
  });
  return orWell("due", found, "nothing that is due waits for its release");
}

export async function checkHints({ ledger }: Installation): Promise<readonly Finding[]> {
  const late = await ledger.hints(SOME, LATE_MS);
  const count = late.length < SOME ? String(late.length) : `${SOME} or more`;
  const message = `ranges and chunks that were due for ${inWords(LATE_MS)}, and nobody was told: ${count}`;
  return late.length > 0 ? [{ check: "work", ok: false, message, doThis: TICK }] : [];
}

/** Each tick does that. */
export const TICK = "see that the clock ticks; where it does, the scheduler's log says why";
