import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificateFiles } from "@fanfare/simulator/testing/certificate";
import { CORES, nextMessage, startPinned } from "./pinned.ts";
import type { SinkReport } from "./sink.ts";

/** Where contenders meet: the sink, and what their processes need to trust it. */
export interface Site {
  origin: string;
  environment: NodeJS.ProcessEnv;
  /** For data files. */
  folder: string;
  sink: ChildProcess;
}

export async function openSite(closing: AsyncDisposableStack): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "fanfare-bench-"));
  closing.defer(() => rm(folder, { recursive: true }));
  const { key, cert } = certificateFiles;
  const sink = startPinned(CORES.sink, "sink.ts", [key, cert]);
  closing.defer(() => void sink.kill());
  const { port, metadataPort } = await nextMessage<SinkReport>(sink, "listening");
  // The metadata server is the sink's: what this machine is signed in as stays out.
  const { GOOGLE_APPLICATION_CREDENTIALS: _, ...environment } = process.env;
  return {
    origin: `https://127.0.0.1:${port}`,
    folder,
    sink,
    environment: {
      ...environment,
      HOME: folder,
      NODE_EXTRA_CA_CERTS: cert,
      GCE_METADATA_HOST: `127.0.0.1:${metadataPort}`,
      METADATA_SERVER_DETECTION: "assume-present",
      GOOGLE_CLOUD_PROJECT: "demo",
    },
  };
}
