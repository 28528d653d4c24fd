import { changeFaults } from "./behaviour/check-faults.ts";
import { type Faults, type FaultsPatch, NO_FAULTS } from "./behaviour/faults.ts";
import { createQuota } from "./behaviour/quota.ts";
import { createTokens } from "./behaviour/tokens.ts";
import { type Control, createControl } from "./control/control.ts";
import { createAnswerControl } from "./control/routes.ts";
import { delayDoor } from "./door/delay-door.ts";
import { createHttp1Door } from "./door/http1.ts";
import { createHttp2Door } from "./door/http2.ts";
import { type Certificate, createOnePort } from "./door/one-port.ts";
import { createFindRoute } from "./door/route.ts";
import { createSessions, settingsOf } from "./door/sessions.ts";
import { createSockets } from "./door/sockets.ts";
import { createExchanges, NO_TRAFFIC, type Traffic } from "./exchange.ts";
import { createRecords } from "./records/records.ts";
import { createSendMessage, type State } from "./send-message.ts";

export type SimulatorOptions = FaultsPatch & {
  /** Everything by chance follows from it. */
  seed?: string | number;
  /** 0, the default, takes any free port. */
  port?: number;
  host?: string;
  /** With a certificate the port speaks TLS, too: HTTP/2 or HTTP/1.1, as the client chooses by ALPN. */
  tls?: Certificate | undefined;
  /** Length of a quota window; FCM's is a minute. */
  quotaWindowMs?: number;
  /** Milliseconds for the quota's windows and the tokens' ages, from a clock that never goes back. */
  now?: () => number;
};

export type Simulator = {
  port: number;
  /** Without a slash at the end: `http://127.0.0.1:8085`; with a certificate `https://…`. */
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
 * Starts a simulator. Rejects with a `FaultsError` if a fault is unknown or out of range, with OpenSSL's error
 * (`code` begins with ERR_OSSL) if the certificate is none, and with the system's if the port cannot be had.
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { seed = "1", port = 0, host = "127.0.0.1", tls, ...others } = options;
  const { quotaWindowMs = 60_000, now = () => performance.now(), ...patch } = others;
  const change = changeFaults(NO_FAULTS, patch);
  if (change.kind === "refused") throw new FaultsError(change.field, change.message);

  const beginRecords = () => ({
    records: createRecords(),
    quota: createQuota({ windowMs: quotaWindowMs, now }),
    tokens: createTokens(now),
    validated: 0,
  });
  const state: State = { seed: String(seed), faults: change.faults, ...beginRecords() };
  const traffic: Traffic = { inFlight: 0, ...NO_TRAFFIC };
  const openExchange = createExchanges(traffic, createSendMessage(state));
  const sockets = createSockets();
  const sessions = createSessions(sockets);
  // Node's server tells connections to come, `sessions` those that are open.
  const tell = (faults: Faults) => {
    slowHttp2.changed();
    const settings = settingsOf(faults);
    http2.updateSettings(settings);
    sessions.tell(settings);
  };
  const control = createControl({ state, traffic, sessions, tell, beginRecords });
  const noteBegun = () => {
    traffic.begun++;
  };
  const findRoute = createFindRoute(host);
  const deps = { findRoute, openExchange, noteBegun, answerControl: createAnswerControl(control) };
  const http2 = createHttp2Door({ ...deps, sessions, settings: settingsOf(change.faults) });
  const http1 = createHttp1Door({ ...deps, sockets });
  const slowHttp2 = delayDoor(http2, () => state.faults.connectMs);
  const onePort = createOnePort({ http1, http2: slowHttp2, sockets, tls });
  const boundPort = await onePort.listen(port, host);
  const shownHost = host.includes(":") ? `[${host}]` : host;
  const url = `${tls ? "https" : "http"}://${shownHost}:${boundPort}`;
  return { port: boundPort, url, control, close: onePort.close };
}
