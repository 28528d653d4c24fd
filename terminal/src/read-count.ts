import { InvalidInput } from "@fanfare/shared/errors";

/** A whole number from 1 on. @throws InvalidInput that names the flag */
export function readCount(flag: string, text: string, most = 999_999_999): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= most) return Number(text);
  throw new InvalidInput([{ field: flag, message: `must be a whole number from 1 to ${most}` }]);
}
