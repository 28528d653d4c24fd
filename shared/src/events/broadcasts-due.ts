import { z } from "zod";
import { defineEvent } from "./event.ts";
import { broadcastIdForm } from "./ids.ts";

/** A broadcast was released: its audience is to be resolved. */
export const broadcastsDue = defineEvent("broadcasts-due", z.strictObject({ broadcastId: broadcastIdForm }));
