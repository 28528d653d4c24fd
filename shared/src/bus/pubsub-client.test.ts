import { expect, test } from "vitest";
import { publishError, setupError } from "./pubsub-client.ts";

const failed = (code: number | undefined, text = "so it said") => Object.assign(new Error(text), { code });

test.each([
  [3, "TerminalError", "MESSAGE_REFUSED"],
  [5, "TerminalError", "TOPIC_MISSING"],
  [7, "RetryableError", "BUS_FORBIDDEN"],
  [16, "RetryableError", "BUS_FORBIDDEN"],
  [4, "RetryableError", "BUS_UNAVAILABLE"],
  [8, "RetryableError", "BUS_UNAVAILABLE"],
  [14, "RetryableError", "BUS_UNAVAILABLE"],
  [undefined, "RetryableError", "BUS_UNAVAILABLE"],
])("a publish that fails with gRPC's %s is a %s %s", (status, name, code) => {
  const cause = failed(status);
  expect(publishError("jobs", cause)).toMatchObject({
    name,
    code,
    cause,
    message: expect.stringContaining("jobs"),
  });
});

test.each([
  [3, "SETUP_FAILED", "so it said"],
  [5, "SETUP_FAILED", "so it said"],
  [7, "PERMISSION_DENIED", "roles/pubsub.editor on the project our-project"],
  [14, "PUBSUB_UNREACHABLE", "so it said"],
  [16, "NOT_AUTHENTICATED", "gcloud auth application-default login"],
])("setting up that fails with gRPC's %s is a %s, in words that help", (status, code, text) => {
  const error = setupError("our-project", failed(status));
  expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
});

test("an error of our own stays what it is", () => {
  const own = new Error("ours");
  expect(setupError("our-project", own)).toBe(own);
});

test("only the last of a hundred failed tries is told", () => {
  const { message } = publishError("jobs", failed(4, "timed out : Previous errors : [{},{}]"));
  expect(message).toBe("publishing to jobs failed: timed out");
});
