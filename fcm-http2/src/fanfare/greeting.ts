import { DEFAULT_WINDOW, numbersFrame, PREFACE, SETTING, settingsFrame, WINDOW_UPDATE } from "./frames.ts";

/** Room for answers: more than all streams of a connection get in a round trip. */
const STREAM_WINDOW = 1 << 20;
export const CONNECTION_WINDOW = 1 << 24;

/** What a client says first on each connection (RFC 9113, 3.4), and how much it takes. */
export const GREETING = Buffer.concat([
  PREFACE,
  settingsFrame([
    [SETTING.enablePush, 0],
    [SETTING.initialWindowSize, STREAM_WINDOW],
  ]),
  numbersFrame(WINDOW_UPDATE, 0, CONNECTION_WINDOW - DEFAULT_WINDOW),
]);
