import { type Finding, type Installation, inWords, iso, orWell, SOME } from "./finding.ts";

/** The tick tells of what is due within a minute, and then puts off the next time: what is older it did not see. */
const LATE_MS = 120_000;

export async function checkClock({ health, now, patienceMs, clockHelp }: Installation): Promise<Finding[]> {
  const last = await health.lastTick();
  if (last === null)
    return [{ check: "clock", ok: false, message: "no tick has ever gone through", doThis: clockHelp }];
  const ageMs = now - last;
  const message = `the last tick went through ${inWords(ageMs)} ago`;
  return ageMs > patienceMs
    ? [{ check: "clock", ok: false, message, doThis: clockHelp }]
    : [{ check: "clock", ok: true, message }];
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
