// Says what is wrong with an AsyncAPI document, by the parser of the AsyncAPI initiative.
//
// node check.mjs DOCUMENT; exit status 1 if it is not valid.

import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

// A newer version of the specification is a hint (2), not a fault of the document.
const WARNING = 1;

const [file] = process.argv.slice(2);
const { document, diagnostics } = await new Parser().parse(await readFile(file, "utf8"));
const faults = diagnostics.filter((found) => found.severity <= WARNING);
for (const { path, message } of faults) {
  console.error(`${path.join(".")}: ${message}`);
}
if (!document || faults.length > 0) {
  process.exit(1);
}
console.log(`${document.allMessages().length} messages`);
