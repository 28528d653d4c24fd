import { changeFaults } from "./behaviour/check-faults.ts";
import { type FaultsPatch, NO_FAULTS } from "./behaviour/faults.ts";
import { createQuota } from "./behaviour/quota.ts";
import { type Control, createControl } from "./control/control.ts";
import { createAnswerControl } from "./control/routes.ts";
import { createHttp1Door } from "./door/http1.ts";
import { createHttp2Door } from "./door/http2.ts";
import { createOnePort } from "./door/one-port.ts";
import { createSessions } from "./door/sessions.ts";
import { createExchanges, type Traffic } from "./exchange.ts";
import { createRecords } from "./records/records.ts";
import { createSendMessage, type State } from "./send-message.ts";

export type SimulatorOptions = FaultsPatch & {
  /** Everything by chance follows from it. */
  seed?: string | number;
  /** 0, the default, takes any free port. */
  port?: number;
  host?: string;
  /** What HTTP/2 clients are told in SETTINGS; FCM's is 100. */
  maxConcurrentStreams?: number;
  /** Length of a quota window; FCM's is a minute. */
  quotaWindowMs?: number;
  /** Milliseconds for the quota's windows, from a clock that never goes back. */
  now?: () => number;
};

export type Simulator = {
  port: number;
  /** Without a slash at the end: `http://127.0.0.1:8085`. */
  url: string;
  control: Control;
  /** Breaks all connections and resolves when the port is free. */
  close(): Promise<void>;
};

/** Faults that contradict themselves; `field` is the option at fault. */
export class FaultsError extends TypeError {
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/**
 * Starts a simulator. Rejects with a `FaultsError` if a fault is unknown or out of range, and with the
 * system's error if the port cannot be had.
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { seed = "1", port = 0, host = "127.0.0.1", maxConcurrentStreams = 100, ...others } = options;
  const { quotaWindowMs = 60_000, now = () => performance.now(), ...patch } = others;
  const change = changeFaults(NO_FAULTS, patch);
  if (change.kind === "refused") throw new FaultsError(change.field, change.message);

  const startQuota = () => createQuota({ windowMs: quotaWindowMs, now });
  const state: State = {
    seed: String(seed),
    faults: change.faults,
    records: createRecords(),
    quota: startQuota(),
    validated: 0,
  };
  const traffic: Traffic = { inFlight: 0, abandoned: 0, dropped: 0 };
  const openExchange = createExchanges(traffic, createSendMessage(state));
  const sessions = createSessions();
  const control = createControl({ state, traffic, sessions, createQuota: startQuota });
  const deps = { openExchange, answerControl: createAnswerControl(control) };
  const http2 = createHttp2Door({ ...deps, sessions, maxConcurrentStreams });
  const onePort = createOnePort(createHttp1Door(deps), http2);
  const boundPort = await onePort.listen(port, host);
  const shownHost = host.includes(":") ? `[${host}]` : host;
  return { port: boundPort, url: `http://${shownHost}:${boundPort}`, control, close: onePort.close };
}
