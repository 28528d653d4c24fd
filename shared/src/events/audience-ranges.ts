import { z } from "zod";
import { defineEvent } from "./event.ts";
import { rangeIdForm } from "./ids.ts";

/** A range is to be read. */
export const audienceRanges = defineEvent("audience-ranges", z.strictObject({ rangeId: rangeIdForm }));
