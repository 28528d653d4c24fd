import { answerNoSuchPath, answerWrongMethod, type Reply } from "../answers.ts";
import { checkHost } from "./local-host.ts";

export type Route =
  | { kind: "send"; project: string }
  | { kind: "control"; path: string; query: URLSearchParams }
  | { kind: "refused"; reply: Reply };

const SEND_PATH = /^\/v1\/projects\/([^/]+)\/messages:send$/;

/** The first line of a request, and the host that it is for. */
export type Head = {
  method: string;
  /** Path and query. */
  target: string;
  authority: string | undefined;
};

export type FindRoute = (head: Head) => Route;

/** Where requests go. @param host what the simulator listens on */
export function createFindRoute(host: string): FindRoute {
  const refuse = checkHost(host);
  return ({ method, target, authority }) => {
    const reply = refuse(authority);
    return reply ? { kind: "refused", reply } : findRoute(method, target);
  };
}

function findRoute(method: string, target: string): Route {
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
