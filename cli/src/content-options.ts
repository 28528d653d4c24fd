import type { Command } from "commander";

/** The options that say what a notification is. */
export function withContentOptions(command: Command): Command {
  return command
    .option("--title <text>", "title of the notification")
    .option("--text <text>", "text of the notification")
    .option("--image <url>", "https URL of an image")
    .option("--sound <name>", "sound to play, such as default; none means silent")
    .option("--page <name>", "page that the app opens on a tap")
    .option("--parameter-data <json>", "JSON object that the page gets")
    .option("--data <key=value>", "data for the app; may be repeated. Without a =: as --data-dir", collect)
    .option("--ttl <seconds>", "how long FCM keeps it for a phone that is off")
    .option("--priority <priority>", "normal or high")
    .option("--badge <number>", "number on the app's icon")
    .option("--channel <id>", "Android notification channel");
}

const collect = (value: string, before: string[] = []) => [...before, value];
