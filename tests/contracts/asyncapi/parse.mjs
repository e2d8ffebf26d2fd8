// Reads each AsyncAPI document named on the command line and prints what the parser has against it, one line each.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const parser = new Parser();
let errors = 0;
for (const path of process.argv.slice(2)) {
  const { document, diagnostics } = await parser.parse(await readFile(path, "utf8"), { source: path });
  const wrong = diagnostics.filter((found) => found.severity === 0);
  for (const found of wrong) console.log(`${path}: ${found.path.join(".")}: ${found.message}`);
  if (!document && wrong.length === 0) console.log(`${path}: not understood`);
  errors += wrong.length + (document ? 0 : 1);
  if (document) console.log(`${path}: ${document.channels().length} channels, ${document.messages().length} messages`);
}
process.exit(errors === 0 ? 0 : 1);
