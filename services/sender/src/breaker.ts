import { REFUSED_AS, type Suspect, type Suspicion, type Verdict } from "@fanfare/shared/domain/answers";
import { CREDENTIAL_REFUSED } from "@fanfare/shared/domain/outcome";
import type { Platform } from "@fanfare/shared/domain/registration";
import { createDoubt, type Doubt, FIRST_REFUSALS } from "./doubt.ts";
import type { Trust } from "./trust.ts";

/** Why every further message of a broadcast would fail, or come to harm. */
export interface Fault {
  kind: "refused" | "credential" | "endpoint";
  reason: string;
  /** The code of rejections that it makes doubtful. */
  doubts?: string;
}

/** Members of a platform, or of none by name. */
export type Class = Platform | undefined;

/**
 * What the answers to one broadcast say of it in this process. All of its chunks share one, so that a fault which one
 * of them sees stops them all. A fault stays; whoever has answered it goes on with a new breaker.
 */
export interface Breaker {
  readonly fault: Fault | null;
  /**
   * Takes a place for one more message in flight: null where there is one at once, else resolves when there is.
   * Ask for `fault` then.
   */
  enter(platform: Class): Promise<void> | null;
  /** Gives a place back unused. */
  leave(platform: Class): void;
  /** Gives a place back, and notes what came of its message. */
  note(platform: Class, verdict: Verdict): void;
  /** Messages to a platform were accepted before, as the ledger says. */
  learn(platform: Class): void;
  /** Whether a refusal with this code is the member's fault; of the credential that is told later, by all answers. */
  isDecided(platform: Class, code: string): boolean;
}

export interface BreakerRules {
  /** Shared by all broadcasts of the process. */
  trust: Trust;
  /** Where messages are sent, as a person knows it. */
  endpoint: string;
  /** Codes of refusals that were accepted: they hold nothing up. */
  accepts?: ReadonlySet<string>;
}

/**
 * Messages in flight before the first answer, of each platform; each acceptance makes room for one more, so that it
 * doubles with each round trip. Every sender finds a fault out for itself, and fifty of them are to lose no more than
 * 2,000 messages. Much fewer, and a small broadcast waits for round trips.
 */
const FIRST_IN_FLIGHT = 8;
/** This many first answers that are not FCM's are enough. */
const FIRST_PAGES = 8;

/** The messages of one platform. */
interface Track {
  inFlight: number;
  /** How much more room there is than at the start. */
  good: number;
  waiting: (() => void)[];
  doubts: Record<"content" | "key" | "device", Doubt>;
  accept(): void;
}

function createTrack(): Track {
  const doubts = {
    content: createDoubt(FIRST_REFUSALS),
    key: createDoubt(FIRST_REFUSALS),
    device: createDoubt(Number.POSITIVE_INFINITY),
  };
  const all = Object.values(doubts);
  const accept = () => {
    for (const doubt of all) doubt.accept();
  };
  return { inFlight: 0, good: 0, waiting: [], doubts, accept };
}

export function createBreaker({ trust, endpoint, accepts = new Set() }: BreakerRules): Breaker {
  const tracks = new Map<Class, Track>();
  /** A few left-over devices of another project are no reason to stop, whichever platform they are of. */
  const foreign = createDoubt(Number.POSITIVE_INFINITY);
  let fault: Fault | null = null;
  /** Answers that were not FCM's; undefined once FCM has answered. */
  let pages: number | undefined = 0;

  function trackOf(platform: Class): Track {
    const track = tracks.get(platform) ?? createTrack();
    tracks.set(platform, track);
    return track;
  }

  const hasRoom = ({ inFlight, good }: Track) => fault !== null || inFlight < FIRST_IN_FLIGHT + good;

  function admit(track: Track): void {
    while (track.waiting.length > 0 && hasRoom(track)) {
      track.inFlight += 1;
      track.waiting.shift()?.();
    }
  }

  function leave(platform: Class): void {
    const track = trackOf(platform);
    track.inFlight -= 1;
    if (fault) for (const each of tracks.values()) admit(each);
    else admit(track);
  }

  /**
   * What FCM did not process or put off, and what got lost, does not speak for or against the broadcast. Neither does a
   * dead address: FCM looked no further.
   */
  function judge(platform: Class, verdict: Verdict): void {
    const track = trackOf(platform);
    switch (verdict.kind) {
      case "accepted":
        track.good += 1;
        pages = undefined;
        trust.accept();
        foreign.accept();
        track.accept();
        return;
      case "rejected":
        pages = undefined;
        return;
      case "suspicion":
        pages = undefined;
        suspect(platform, track, verdict);
        return;
      case "retry":
        if (verdict.page) countPage();
        else if (verdict.limit) pages = undefined;
        else if (verdict.unsure) track.good += 1;
        return;
      case "credential":
        fault ??= { ...verdict, doubts: CREDENTIAL_REFUSED };
        return;
    }
  }

  /** Where refusals grow, each takes its room back, but for one place: none makes way for the next. */
  function suspect(platform: Class, track: Track, suspicion: Suspicion): void {
    const { against } = suspicion;
    if (accepts.has(REFUSED_AS[against])) return;
    const doubt = doubtOf(track, against);
    if (doubt.suspect()) fault ??= faultOf(platform, suspicion);
    if (!doubt.growing) return;
    track.good = Math.max(Math.min(track.good, track.inFlight - FIRST_IN_FLIGHT) - 1, 1 - FIRST_IN_FLIGHT);
  }

  function doubtOf({ doubts }: Track, against: Suspect): Pick<Doubt, "suspect" | "growing"> {
    if (against === "credential") return trust;
    return against === "project" ? foreign : doubts[against];
  }

  function countPage(): void {
    if (pages === undefined) return;
    pages += 1;
    if (pages < FIRST_PAGES) return;
    const check = "Check FANFARE_FCM_ENDPOINT, and what lies between";
    fault ??= { kind: "endpoint", reason: `what answers at ${endpoint} is not FCM. ${check}` };
  }

  return {
    get fault() {
      return fault;
    },
    enter(platform) {
      const track = trackOf(platform);
      if (hasRoom(track)) {
        track.inFlight += 1;
        return null;
      }
      return new Promise((resolve) => track.waiting.push(resolve));
    },
    leave,
    note(platform, verdict) {
      judge(platform, verdict);
      leave(platform);
    },
    learn: (platform) => trackOf(platform).accept(),
    isDecided(platform, code) {
      if (accepts.has(code)) return true;
      if (code === CREDENTIAL_REFUSED) return false;
      return code !== REFUSED_AS.content || trackOf(platform).doubts.content.proven;
    },
  };
}

const DEVICES = { android: "Android devices", ios: "iOS devices", web: "browsers" };

function faultOf(platform: Class, { against, says }: Suspicion): Fault {
  const devices = platform ? DEVICES[platform] : "devices";
  const doubts = REFUSED_AS[against];
  switch (against) {
    case "credential":
      return { kind: "credential", reason: `FCM does not take the credential: ${says}`, doubts };
    case "project":
      return { kind: "refused", reason: FOREIGN, doubts };
    case "key":
      return {
        kind: "refused",
        reason: `${doubts} for messages to ${devices}: ${says}. ${CHECK_KEY}`,
        doubts,
      };
    case "content":
    case "device":
      return { kind: "refused", reason: `FCM refuses the messages to ${devices}: ${says}`, doubts };
  }
}

const FOREIGN = `${REFUSED_AS.project} for most addresses: they belong to another Firebase project. Check which project Fanfare sends for (FANFARE_FCM_PROJECT), its credential, and where the registrations come from`;
const CHECK_KEY =
  "Check the platform's key in the Firebase console (Project settings, Cloud Messaging), then resume";
