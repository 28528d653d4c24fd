import { describeProblems, readDocument } from "../domain/flutterflow.ts";
import { InvalidInput } from "../errors.ts";

export const APP = "ff_user_push_notifications/a1";
const CONSOLE = "ff_push_notifications/c1";

const content = { notification_title: "Hello", notification_text: "World" };
const APP_FIELDS = { ...content, user_refs: "users/ada", sender: "users/bob" };
const CONSOLE_FIELDS = { ...content, target_audience: "All", status: "started" };

export const fromApp = (fields: Record<string, unknown>) => readDocument(APP, { ...APP_FIELDS, ...fields });
export const fromConsole = (fields: Record<string, unknown>) =>
  readDocument(CONSOLE, { ...CONSOLE_FIELDS, ...fields });

/** The reason for which a document is refused. */
export function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidInput) return describeProblems(error.problems);
    throw error;
  }
  return "it is not refused";
}
