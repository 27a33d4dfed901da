/** Measured choices between runs, in the per-user cache folder: one JSON file per runtime version, device and machine. */

import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { writeFileAtomic } from "@mmgan/node-io";

/** Changes when forms do: choices of another version are ignored and measured again. */
const FORMAT = "mmgan forms 1";

/** Site key -> name of the form. */
export type Choices = Record<string, string>;
type Machine = Readonly<Record<string, string | number>>;

const describe = (machine: Machine) => ({ ...machine, processor: cpus()[0]?.model ?? "unknown" });

function pathOf(folder: string, machine: Machine): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(describe(machine)))
    .digest("hex");
  return join(folder, `${digest.slice(0, 16)}.json`);
}

/** What was measured on this machine; nothing where the file is absent, damaged or of another version. */
export async function readChoices(folder: string, machine: Machine): Promise<Choices> {
  try {
    const {
      format,
      machine: measured,
      choices,
    } = JSON.parse(await readFile(pathOf(folder, machine), "utf8"));
    if (format !== FORMAT || JSON.stringify(measured) !== JSON.stringify(describe(machine))) return {};
    const isChoice = ([, form]: [string, unknown]) => typeof form === "string";
    return Object.fromEntries(Object.entries(choices).filter(isChoice)) as Choices;
  } catch {
    return {};
  }
}

/** Keeps choices beside those of others. A folder that cannot be written is no error: they are measured again. */
export async function writeChoices(folder: string, machine: Machine, choices: Choices): Promise<void> {
  const kept = { ...(await readChoices(folder, machine)), ...choices };
  const document = { format: FORMAT, machine: describe(machine), choices: kept };
  await mkdir(folder, { recursive: true }).catch(() => {});
  await writeFileAtomic(pathOf(folder, machine), `${JSON.stringify(document, null, 2)}\n`).catch(() => {});
}
