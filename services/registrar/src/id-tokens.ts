/** Tells who calls, by the ID token that Firebase Auth gave the app. */
export interface IdTokens {
  /**
   * The uid of the user whose token it is; null for a token that is expired, is another project's, or is none.
   * @throws RetryableError ID_TOKENS_UNVERIFIABLE where that cannot be told at the moment
   */
  verify(token: string): Promise<string | null>;
}
