import { z } from "zod";
import { defineEvent } from "./event.ts";

/** The clock's call: the scheduler is to look for what is due, owed or standing still. */
export const ticks = defineEvent("tick", z.strictObject({}));
