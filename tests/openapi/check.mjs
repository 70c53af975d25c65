// SPDX-License-Identifier: GPL-2.0-or-later
// Is the API's document a valid one of OpenAPI 3.1, and does each example in it fit its schema?
// node check.mjs openapi.json; prints what is wrong, or what was looked at.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const text = readFileSync(process.argv[2], "utf8");
const document = JSON.parse(text);
// The same with references that lead there from anywhere.
const schemas = JSON.parse(text.replaceAll('"#/components/schemas/', '"document#/components/schemas/'));
const wrong = [];
let examples = 0;

const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
addFormats(ajv);
ajv.addFormat("int64", { type: "number", validate: Number.isInteger });
ajv.addVocabulary(["components"]);
ajv.addSchema({ $id: "document", components: { schemas: schemas.components.schemas } });

function checkExample(schema, value, where) {
  const validate = ajv.compile(schema);
  examples++;
  if (!validate(value)) wrong.push(`${where}: ${ajv.errorsText(validate.errors)}`);
}

/** Of all that has a schema and examples beside it: media types, parameters, headers. */
function checkMedia(media, where) {
  const values = Object.values(media.examples ?? {}).map((each) => each.value);
  if (media.example !== undefined) values.push(media.example);
  for (const value of values) checkExample(media.schema, value, where);
  return values.length;
}

/** Every part of the document that has a schema, and every schema that has examples. */
function walk(part, place) {
  if (part === null || typeof part !== "object") return;
  const where = place.join("/");
  if (part.schema !== undefined && !Array.isArray(part)) {
    const count = checkMedia(part, where);
    if (count === 0 && place.includes("content")) wrong.push(`${where}: has no example`);
  }
  if (Array.isArray(part.examples))
    for (const value of part.examples) checkExample(part, value, where);
  for (const [name, each] of Object.entries(part))
    if (name !== "example" && name !== "examples" && name !== "value") walk(each, [...place, name]);
}

const result = await new Validator().validate(document);
if (!result.valid) wrong.push(`no valid document: ${JSON.stringify(result.errors, null, 1)}`);
walk(schemas, []);

for (const line of wrong) console.error(line);
const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods).filter((name) => name !== "servers")).length;
const size = Buffer.byteLength(JSON.stringify(document));
console.log(`${operations} operations, ${Object.keys(document.components.schemas).length} schemas, ${examples} examples, ${size} bytes: ${wrong.length} wrong`);
process.exitCode = wrong.length ? 1 : 0;
