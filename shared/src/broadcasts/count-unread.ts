import type { EarlierDeps } from "../audience/read-earlier.ts";
import { type Survey, surveyEarlier, unreadOfEarlier } from "../audience/survey-earlier.ts";
import type { Audience } from "../domain/broadcast.ts";
import { type Range, restOf } from "../domain/range.ts";
import type { Registrations } from "../registrations/index.ts";

interface CountDeps extends EarlierDeps {
  registrations: Pick<Registrations, "count">;
}

/**
 * Counts about how many registrations of an audience are behind a range's cursor. One that was cut leaves none: its
 * children have them. Earlier broadcasts are asked once, however many ranges are counted.
 */
export function unreadCounter(
  deps: CountDeps,
  { users, platforms, of }: Audience,
): (range: Range) => Promise<number> {
  let survey: Promise<Survey> | undefined;
  return async (range) => {
    if (range.state === "cut") return 0;
    if (of) {
      survey ??= surveyEarlier(deps, of);
      return unreadOfEarlier(await survey, range);
    }
    return users?.length ?? (await deps.registrations.count(restOf(range), platforms));
  };
}
