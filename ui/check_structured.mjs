// What search engines would say of a page's facts: reads JSON-LD objects as a list from standard input, and writes what
// Adobe's validator of Google's rules finds wrong with them. Used by the tests.

import Validator from "@adobe/structured-data-validator";
import { text } from "node:stream/consumers";

const facts = JSON.parse(await text(process.stdin));
const jsonld = {};
for (const fact of facts) (jsonld[fact["@type"]] ??= []).push(fact);
const issues = await new Validator().validate({ jsonld, microdata: {}, rdfa: {}, errors: [] });
process.stdout.write(
  JSON.stringify(issues.map(({ severity, issueMessage, path }) => ({ severity, issueMessage, path }))),
);
