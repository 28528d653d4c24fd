import { type GoogleAccounts, startGoogleAccounts } from "@fanfare/shared/testing/google-accounts";
import { afterAll, beforeAll } from "vitest";
import { type Deployment, deploy } from "./deployed.ts";

/** Built services for all tests of a file, whose processes find a stand-in for Google's certificates. */
export function useDeployment(): () => Deployment {
  let google: GoogleAccounts;
  let deployment: Deployment;
  beforeAll(async () => {
    google = await startGoogleAccounts();
    deployment = await deploy(google.environment);
  });
  afterAll(async () => {
    await deployment?.remove();
    await google?.close();
  });
  return () => deployment;
}
