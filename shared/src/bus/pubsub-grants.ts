import { TOPOLOGY, type Topology } from "./topology.ts";

/**
 * The commands that let Pub/Sub's own account move dead letters. Without these roles messages that fail stay where
 * they are, and no error says so. The account's address holds the project's number, which Pub/Sub does not tell.
 */
export function grantCommands(options: { project: string; prefix?: string; topology?: Topology }): string[] {
  const { project, prefix = "", topology = TOPOLOGY } = options;
  const buried = Object.entries(topology.subscriptions).filter(([, spec]) => spec.deadLetter);
  const topics = [...new Set(buried.map(([, spec]) => prefix + spec.deadLetter?.topic))];
  const subscriptions = buried.map(([name]) => prefix + name);
  const grant = (kind: string, ids: string[], role: string) =>
    `for id in ${ids.join(" ")}; do gcloud pubsub ${kind} add-iam-policy-binding $id --project=${project} ` +
    `--member=$AGENT --role=roles/pubsub.${role}; done`;
  const number = `$(gcloud projects describe ${project} --format='value(projectNumber)')`;
  return [
    `AGENT=serviceAccount:service-${number}@gcp-sa-pubsub.iam.gserviceaccount.com`,
    grant("topics", topics, "publisher"),
    grant("subscriptions", subscriptions, "subscriber"),
  ];
}
