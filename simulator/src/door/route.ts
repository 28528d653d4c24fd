import { answerNoSuchPath, answerWrongMethod, type Reply } from "../answers.ts";

export type Route =
  | { kind: "send"; project: string }
  | { kind: "control"; path: string; query: URLSearchParams }
  | { kind: "refused"; reply: Reply };

const SEND_PATH = /^\/v1\/projects\/([^/]+)\/messages:send$/;

/** Where a request goes. @param target path and query, as in the request line */
export function findRoute(method: string, target: string): Route {
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  const project = SEND_PATH.exec(path)?.[1];
  if (project !== undefined) {
    return method === "POST"
      ? { kind: "send", project }
      : { kind: "refused", reply: answerWrongMethod(method) };
  }
  if (path.startsWith("/control/")) {
    const query = new URLSearchParams(question < 0 ? "" : target.slice(question));
    return { kind: "control", path, query };
  }
  return { kind: "refused", reply: answerNoSuchPath(path) };
}
