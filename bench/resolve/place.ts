import { join } from "node:path";
import { openFirestore } from "@fanfare/shared/google/firestore";
import type { Registrations } from "@fanfare/shared/registrations";
import { createFirestoreRegistrations } from "@fanfare/shared/registrations/firestore";
import { createSqliteRegistrations } from "@fanfare/shared/registrations/sqlite";
import { openDatabase } from "@fanfare/shared/sqlite/database";

/** Where registrations are: a project on the Firestore emulator, or the folder of a data file. */
export interface Place {
  store: "firestore" | "sqlite";
  at: string;
}

export function dataFileOf({ at }: Place): string {
  return join(at, "fanfare.db");
}

export function openRegistrations(place: Place): Registrations {
  switch (place.store) {
    case "firestore":
      return createFirestoreRegistrations(openFirestore({ project: place.at }));
    case "sqlite":
      return createSqliteRegistrations(openDatabase(dataFileOf(place)));
  }
}
