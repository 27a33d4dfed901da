#!/usr/bin/env node
// The executable behind `mmgan`. Not built, so that npm can link it in a fresh clone, where dist/ is still to come.
import { run } from "../dist/run.js";

process.exitCode = await run(process.argv.slice(2));
