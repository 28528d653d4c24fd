import { parentPort, workerData } from "node:worker_threads";

export interface ProbeWork {
  url: string;
  /** Where each device is signed out again, so that the store does not grow; undefined where that function does not run. */
  removeUrl: string | undefined;
  /** Each user and their token, in turn. */
  users: readonly { uid: string; token: string }[];
  /** The probe stops after this number of calls. */
  calls: number;
  /** What the first device is called by. */
  first: number;
}

const { url, removeUrl, users, calls, first } = workerData as ProbeWork;
const took: number[] = [];
const failed: number[] = [];
let isOver = false;
parentPort?.once("message", () => {
  isOver = true;
});

async function post(to: string, number: number): Promise<number> {
  const { uid = "", token = "" } = users[number % users.length] ?? {};
  const data = { userDocPath: `/users/${uid}`, fcmToken: `good-address-${number}`, deviceType: "iOS" };
  const client = `192.0.${(number >> 8) % 256}.${number % 256}`;
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${token}`,
    "x-forwarded-for": client,
  };
  const response = await fetch(to, { method: "POST", headers, body: JSON.stringify({ data }) });
  const text = await response.text();
  return response.ok && !text.includes("Successfully") ? 0 : response.status;
}

for (let number = first; !isOver && number < first + calls; number++) {
  const begun = performance.now();
  const status = await post(url, number);
  if (status === 200) took.push(performance.now() - begun);
  else failed.push(status);
  if (removeUrl) await post(removeUrl, number);
}
parentPort?.postMessage({ took, failed });
parentPort?.close();
