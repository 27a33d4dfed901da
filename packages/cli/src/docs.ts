/** docs/cli.md, written from the command definitions. */

import type { Command, Option } from "commander";
import { requirement } from "./options.js";

const HEAD = `# The mmgan command

Written by \`npm run docs\` from the parser in \`packages/cli/src\`; change it there.

    mmgan COMMAND --help

Results go to stdout, everything said on the way (progress, warnings, errors) to stderr. With \`--json\`, stdout carries
exactly one JSON document; after an error it is \`{ "error": { "code", "message" } }\`.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | an expected error: one line on stderr, \`mmgan: what was wrong, where, what to do (E_CODE)\` |
| 2 | the command line cannot be run as typed: unknown command or option, value out of its range |
| 130 | interrupted by Ctrl-C, after what must be written (a training: its checkpoint) is on disk |
`;

/** The whole page, Markdown. */
export function renderDocs(program: Command): string {
  return [HEAD, ...program.commands.flatMap((command) => renderCommand(command, program.name()))].join("\n");
}

function renderCommand(command: Command, parent: string): string[] {
  const name = `${parent} ${command.name()}`;
  if (command.commands.length > 0)
    return [
      `## ${name}\n\n${command.description()}\n`,
      ...command.commands.flatMap((child) => renderCommand(child, name)),
    ];
  const rows = [
    ...command.registeredArguments.map((argument) => [argument.name(), argument.description]),
    ...command.options.map((option) => [option.flags, describe(option)]),
  ].map(
    ([flags = "", text = ""]) => `| \`${flags.replaceAll("|", "\\|")}\` | ${text.replaceAll("|", "\\|")} |`,
  );
  const level = parent.includes(" ") ? "###" : "##";
  return [
    `${level} ${name}\n`,
    `    ${name} ${command.usage()}\n`,
    `${command.description()}\n`,
    "| argument or option | |\n|---|---|",
    ...rows,
    "",
  ];
}

function describe(option: Option): string {
  const mark = requirement(option);
  return mark ? `${option.description}; ${mark}` : option.description;
}
