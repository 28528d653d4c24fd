import { ATTEMPT_FAULTS, type Faults } from "./faults.ts";
import { NATURES } from "./natures.ts";

type Rule =
  | { kind: "number"; min: number; max: number; whole?: true; orNull?: true }
  | { kind: "boolean" }
  | { kind: "text or null" }
  | { kind: "texts"; orNull?: true }
  | { kind: "group"; rules: Record<string, Rule> };

const SHARE: Rule = { kind: "number", min: 0, max: 1 };
const MILLISECONDS: Rule = { kind: "number", min: 0, max: 600_000 };
const COUNT: Rule = { kind: "number", min: 0, max: 1_000_000_000, whole: true };

const RULES: Record<keyof Faults, Rule> = {
  shares: { kind: "group", rules: Object.fromEntries(NATURES.map((nature) => [nature, SHARE])) },
  error429: SHARE,
  error500: SHARE,
  error503: SHARE,
  error503After: SHARE,
  drop: SHARE,
  dropConnection: { kind: "boolean" },
  refuse: SHARE,
  abort: SHARE,
  stall: SHARE,
  stallBody: SHARE,
  goaway: SHARE,
  page: SHARE,
  pageStatus: { kind: "number", min: 400, max: 599, whole: true, orNull: true },
  garble: SHARE,
  payloadFault: { kind: "boolean" },
  payloadFaultFor: { kind: "text or null" },
  keyFaultFor: { kind: "text or null" },
  wrongDead: SHARE,
  authorization: {
    kind: "group",
    rules: {
      tokens: { kind: "texts", orNull: true },
      withoutRights: { kind: "texts" },
      messages: { ...COUNT, orNull: true },
      seconds: { ...COUNT, orNull: true },
    },
  },
  maxConcurrentStreams: COUNT,
  initialWindowBytes: { kind: "number", min: 0, max: 2 ** 31 - 1, whole: true },
  connectMs: MILLISECONDS,
  retryAfterSeconds: { kind: "number", min: 0, max: 86_400, whole: true, orNull: true },
  retryAfterDate: { kind: "boolean" },
  latency: { kind: "group", rules: { meanMs: MILLISECONDS, jitterMs: MILLISECONDS } },
  maxFaultyAttempts: COUNT,
  quotaPerMinute: { ...COUNT, orNull: true },
  quotaRetryAfter: { kind: "boolean" },
};

/** Names the field at fault by its path, e.g. `latency.meanMs`. */
export type FaultsProblem = { field: string; message: string };
export type FaultsChange = { kind: "changed"; faults: Faults } | ({ kind: "refused" } & FaultsProblem);

/** Applies a partial change from outside, whole or not at all. */
export function changeFaults(current: Faults, patch: unknown): FaultsChange {
  const all: Rule = { kind: "group", rules: RULES };
  const problem = checkValue("", patch, all) ?? checkSums(merge(current, patch as Partial<Faults>));
  if (problem) return { kind: "refused", ...problem };
  return { kind: "changed", faults: merge(current, patch as Partial<Faults>) };
}

function merge(current: Faults, patch: Partial<Faults>): Faults {
  return {
    ...current,
    ...patch,
    shares: { ...current.shares, ...patch.shares },
    latency: { ...current.latency, ...patch.latency },
    authorization: { ...current.authorization, ...patch.authorization },
  };
}

function checkValue(field: string, value: unknown, rule: Rule): FaultsProblem | undefined {
  switch (rule.kind) {
    case "boolean":
      return typeof value === "boolean" ? undefined : { field, message: `${field} must be true or false` };
    case "text or null":
      if (value === null || typeof value === "string") return undefined;
      return { field, message: `${field} must be a text, or null` };
    case "texts":
      return checkTexts(field, value, rule);
    case "number":
      return checkNumber(field, value, rule);
    case "group":
      return checkGroup(field, value, rule.rules);
  }
}

function checkTexts(
  field: string,
  value: unknown,
  { orNull }: Rule & { kind: "texts" },
): FaultsProblem | undefined {
  if (value === null && orNull) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return undefined;
  return { field, message: `${field} must be a list of texts${orNull ? ", or null" : ""}` };
}

function checkNumber(
  field: string,
  value: unknown,
  rule: Rule & { kind: "number" },
): FaultsProblem | undefined {
  if (value === null && rule.orNull) return undefined;
  const fits = typeof value === "number" && value >= rule.min && value <= rule.max;
  if (fits && (!rule.whole || Number.isInteger(value))) return undefined;
  const sort = `${rule.whole ? "a whole number" : "a number"} from ${rule.min} to ${rule.max}`;
  return { field, message: `${field} must be ${sort}${rule.orNull ? ", or null" : ""}` };
}

function checkGroup(field: string, value: unknown, rules: Record<string, Rule>): FaultsProblem | undefined {
  const name = field === "" ? "faults" : field;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { field: name, message: `${name} must be an object` };
  }
  for (const [key, item] of Object.entries(value)) {
    const path = field === "" ? key : `${field}.${key}`;
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (!rule) return { field: path, message: `${path} is unknown; known: ${Object.keys(rules).join(", ")}` };
    const problem = checkValue(path, item, rule);
    if (problem) return problem;
  }
  return undefined;
}

// A draw is cut among alternatives: above 1 the last of them would silently get less than was asked for.
const TOLERANCE = 1e-9;

function checkSums(faults: Faults): FaultsProblem | undefined {
  const shares = NATURES.reduce((sum, nature) => sum + faults.shares[nature], 0);
  if (shares > 1 + TOLERANCE) {
    return { field: "shares", message: `shares add up to ${shares}; together they may be at most 1` };
  }
  const chances = ATTEMPT_FAULTS.reduce((sum, fault) => sum + faults[fault], 0);
  if (chances > 1 + TOLERANCE) {
    const field = ATTEMPT_FAULTS.filter((fault) => faults[fault] > 0).join(" + ");
    return { field, message: `${field} is ${chances}; together they may be at most 1` };
  }
  return undefined;
}
