/** Which access tokens are good. A control call that changes it revokes or issues tokens at once. */
export type Authorization = {
  /** The tokens that are taken, without `Bearer`; null asks for none. */
  tokens: string[] | null;
  /** Tokens of an account that may not send: 403. */
  withoutRights: string[];
  /** Messages after which a token has expired; null for never. */
  messages: number | null;
  /** Seconds after its first message when a token has expired; null for never. */
  seconds: number | null;
};

export const NO_AUTHORIZATION: Authorization = {
  tokens: null,
  withoutRights: [],
  messages: null,
  seconds: null,
};

export type TokenVerdict = "granted" | "missing" | "unknown" | "expired" | "without-rights";

const BEARER = /^Bearer +(\S+)$/i;

/** Judges access tokens and remembers how long each has been in use. @param now milliseconds that never go back */
export function createTokens(now: () => number) {
  const uses = new Map<string, { since: number; messages: number }>();

  function isExpired(token: string, { messages, seconds }: Authorization): boolean {
    const use = uses.get(token) ?? { since: now(), messages: 0 };
    uses.set(token, use);
    if (messages !== null && use.messages >= messages) return true;
    if (seconds !== null && now() - use.since >= seconds * 1000) return true;
    use.messages++;
    return false;
  }

  return {
    /** Judges the header of one message, and counts the message if it is granted. */
    judge(header: string | undefined, rules: Authorization): TokenVerdict {
      if (rules.tokens === null && rules.withoutRights.length === 0) return "granted";
      const token = BEARER.exec(header ?? "")?.[1];
      if (token !== undefined && rules.withoutRights.includes(token)) return "without-rights";
      if (rules.tokens === null) return "granted";
      if (token === undefined) return "missing";
      if (!rules.tokens.includes(token)) return "unknown";
      return isExpired(token, rules) ? "expired" : "granted";
    },
  };
}

export type Tokens = ReturnType<typeof createTokens>;
