import { slices } from "@fanfare/shared/domain/slices";
import { openFirestore } from "@fanfare/shared/google/firestore";
import { openDatabase } from "@fanfare/shared/sqlite/database";
import { dataFileOf, type Place } from "./place.ts";

const CONTENT = {
  notification: { title: "Title", body: "Text" },
  data: { initialPageName: "", parameterData: "" },
};

/** Reads as FlutterFlow's generated function does: everything at once, each address once, messages to 500 each. */
export async function read(place: Place): Promise<number> {
  const addresses = new Set<string>();
  for (const { fcm_token } of await readWhole(place)) if (fcm_token) addresses.add(fcm_token);
  const messages = slices([...addresses], 500).map((tokens) => ({ ...CONTENT, tokens }));
  return messages.reduce((sum, { tokens }) => sum + tokens.length, 0);
}

async function readWhole(place: Place): Promise<{ fcm_token: string | null }[]> {
  switch (place.store) {
    case "firestore": {
      const all = await openFirestore({ project: place.at }).collectionGroup("fcm_tokens").get();
      return all.docs.map((document) => document.data() as { fcm_token: string | null });
    }
    case "sqlite":
      return openDatabase(dataFileOf(place))
        .sql("SELECT *, address AS fcm_token FROM registrations")
        .all() as never;
  }
}
