import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Good for 127.0.0.1 and localhost until 2120, trusted by nobody. */
export const certificateFiles = {
  cert: fileURLToPath(new URL("tls/localhost-cert.pem", import.meta.url)),
  key: fileURLToPath(new URL("tls/localhost-key.pem", import.meta.url)),
};

export const certificate = {
  cert: readFileSync(certificateFiles.cert, "utf8"),
  key: readFileSync(certificateFiles.key, "utf8"),
};
