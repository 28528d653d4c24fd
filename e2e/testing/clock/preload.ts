import { fileURLToPath } from "node:url";
import { shiftDate } from "@fanfare/shared/testing/shift-date";
import { openOffsetFile } from "./offset-file.ts";

// Loaded by `--import` before all else in a process whose wall clock is to step: the address's query names the file
// with its offset. A file, and no message: a process that stalls or starts again has its machine's clock at once.
const { searchParams } = new URL(import.meta.url);
const file = openOffsetFile(fileURLToPath(searchParams.get("file") ?? ""), "r");
shiftDate(file.read);
