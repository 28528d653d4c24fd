import { quote } from "../../domain/quote.ts";
import { type NotedField, WITHOUT_SENDER } from "../../intake/index.ts";
import { type Finding, type Installation, iso, orWell, SOME } from "./finding.ts";

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 86_400_000;

/** Names of fields that are told; more would hide the rest of the report. */
const SHOWN = 10;

const WELL =
  "none was left for its age, none without a sender came in the last hour, and all fields are known";

/** What is noted of FlutterFlow's documents. Names and paths in it are any user's words. */
export async function checkDocuments(installation: Installation): Promise<readonly Finding[]> {
  const found = [
    await checkLeft(installation),
    await checkWithoutSender(installation),
    await checkFields(installation),
  ];
  return orWell(
    "documents",
    found.filter((one) => one !== null),
    WELL,
  );
}

/** Not an alarm: an app that writes to its old documents again goes on doing so, and none of them is to be sent. */
async function checkLeft({ intake, now }: Installation): Promise<Finding | null> {
  const refusals = await intake.refusals(SOME);
  const left = refusals.filter((one) => one.left && now - one.at <= WEEK_MS);
  const [latest] = left;
  if (!latest) return null;
  const count = refusals.length < SOME ? String(left.length) : `${left.length} or more`;
  const many = count === "1" ? "1 document was left as it was" : `${count} documents were left as they were`;
  const message =
    `${many} in the last week, too old when first seen or written to again; ` +
    `the latest is ${quote(latest.path)} at ${iso(latest.at)}`;
  const doThis =
    "nothing, if an app writes to its old documents; fanfare ff catch-up --since TIME --older sends on purpose what has no answer";
  return { check: "documents", ok: true, message, doThis };
}

async function checkWithoutSender({ intake }: Installation): Promise<Finding | null> {
  const { admitted, refused } = await intake.asked(WITHOUT_SENDER, HOUR_MS);
  if (admitted + refused === 0) return null;
  const message =
    `apps' documents without a sender in the last hour: ${admitted} admitted, ${refused} refused under the allowance ` +
    "that all of them share (FANFARE_APP_SERVERS_PER_HOUR)";
  const doThis =
    "they should come from servers only: see that the deployed rules bar clients by the line " +
    "request.resource.data.sender == callersDocument() of deploy/firestore/firestore.rules";
  return { check: "documents", ok: refused === 0, message, doThis };
}

async function checkFields({ intake }: Installation): Promise<Finding | null> {
  const fields = await intake.fields();
  if (fields.length === 0) return null;
  const latest = fields.toSorted((a, b) => b.at - a.at).slice(0, SHOWN);
  const more = fields.length > SHOWN ? `, and ${fields.length - SHOWN} more` : "";
  const message = `fields that Fanfare does not know: ${latest.map(describeField).join(", ")}${more}`;
  const doThis =
    "nothing, unless your own functions read them: they do not reach phones, and pause a broadcast only if they may narrow its audience";
  return { check: "documents", ok: true, message, doThis };
}

const describeField = ({ name, path }: NotedField) => `${quote(name)} (last in ${quote(path)})`;
