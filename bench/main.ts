import { readCount } from "@fanfare/terminal/read-count";
import { runCommand } from "@fanfare/terminal/run-command";
import { Command } from "commander";

const program = new Command("npm run bench --").description(
  "Measures Fanfare, in one run beside what it is compared with.",
);

interface Flags {
  json?: boolean;
}

/** Each prints a table, or with `--json` one line of JSON under its name. */
function add<T extends Flags>(name: string, what: string, run: (flags: T) => Promise<object>): Command {
  return program
    .command(name)
    .description(what)
    .option("--json", "print JSON for programs")
    .action(async (flags: T) => {
      const result = await run(flags);
      if (flags.json) console.log(JSON.stringify({ [name]: result }));
    });
}

interface SendFlags extends Flags {
  rounds: string;
  messages: string;
}

add("send", "the sender beside firebase-admin and others: CPU, rate, memory", async (flags: SendFlags) => {
  const rounds = readCount("--rounds", flags.rounds);
  const messages = readCount("--messages", flags.messages);
  const { send } = await import("./send.ts");
  const { results, ...ratios } = await send({ json: flags.json === true, rounds, messages });
  return { ...results, ...ratios };
})
  .option("--rounds <number>", "rounds at each latency, of which the median counts", "5")
  .option("--messages <number>", "messages in each round", "20000");

interface ResolveFlags extends Flags {
  rounds: string;
}

add(
  "resolve",
  "the resolver beside reading everything at once: CPU, rate, memory",
  async (flags: ResolveFlags) => {
    const { resolve } = await import("./resolve.ts");
    return resolve({ json: flags.json === true, rounds: readCount("--rounds", flags.rounds) });
  },
).option("--rounds <number>", "rounds of each reading, of which the median counts", "3");

add("lanes", "small broadcasts beside a large one: time from submit to accepted", async ({ json }) => {
  const { lanes } = await import("./lanes.ts");
  return lanes({ json: json === true });
});

interface PushFlags extends Flags {
  rounds: string;
  devices: string;
}

add(
  "push",
  "the pushed sender under our host and under the functions framework: CPU",
  async (flags: PushFlags) => {
    const rounds = readCount("--rounds", flags.rounds);
    const devices = readCount("--devices", flags.devices);
    const { push } = await import("./push.ts");
    return push({ json: flags.json === true, rounds, devices });
  },
)
  .option("--rounds <number>", "measured broadcasts under each host, of which the median counts", "5")
  .option("--devices <number>", "devices that a broadcast goes to", "20000");

await runCommand(program);
