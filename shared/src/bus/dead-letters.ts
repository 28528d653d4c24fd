/** Pub/Sub's own name for the attribute that says whose dead letter a message is; ours carry it too. */
export const SOURCE_SUBSCRIPTION = "CloudPubSubDeadLetterSourceSubscription";

/** A message's attributes as handlers know them: Pub/Sub puts the source's id there, they know names without a prefix. */
export function namedSource(attributes: Record<string, string>, prefix: string): Record<string, string> {
  const source = attributes[SOURCE_SUBSCRIPTION];
  if (!source?.startsWith(prefix)) return attributes;
  return { ...attributes, [SOURCE_SUBSCRIPTION]: source.slice(prefix.length) };
}
