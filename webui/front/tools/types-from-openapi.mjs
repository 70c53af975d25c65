// SPDX-License-Identifier: GPL-2.0-or-later
// The API's document as types of TypeScript: node types-from-openapi.mjs [openapi.json] >api-types.ts
// Without a file it reads its standard input. What the document has twice it writes once: a type for each schema
// of the components, and an interface Operations with the path, the parameters, the body and the answers of each
// operation.
import { readFileSync } from "node:fs";

const INDENT = "  ";

const isName = (text) => /^[A-Za-z_$][\w$]*$/.test(text);
const key = (name) => (isName(name) ? name : JSON.stringify(name));
const indented = (text) => text.replaceAll("\n", `\n${INDENT}`);

/** The last part of a reference. */
const nameOf = (reference) => reference.slice(reference.lastIndexOf("/") + 1);

function comment(text) {
  return text ? `/** ${text.replaceAll("*/", "*\\/")} */\n` : "";
}

function union(types) {
  const all = [...new Set(types)];
  return all.length === 1 ? all[0] : all.map((type) => (type.includes("=>") ? `(${type})` : type)).join(" | ");
}

function listOf(type) {
  return /^[\w.]+$/.test(type) ? `${type}[]` : `(${type})[]`;
}

function objectType(schema) {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) =>
      comment(member.description) + `${key(name)}${required.has(name) ? "" : "?"}: ${typeOf(member)};`,
  );
  if (schema.additionalProperties && schema.additionalProperties !== true)
    members.push(`[name: string]: ${typeOf(schema.additionalProperties)};`);
  if (members.length === 0) return "Record<string, unknown>";
  return `{\n${INDENT}${indented(members.join("\n"))}\n}`;
}

function plainType(schema, type) {
  switch (type) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array":
      return listOf(typeOf(schema.items ?? {}));
    case "object":
      return objectType(schema);
    default:
      return "unknown";
  }
}

function typeOf(schema) {
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.oneOf ?? schema.anyOf;
  // Of a text, the choices say which formats it may have.
  if (choices && schema.type !== "string") return union(choices.map(typeOf));
  if (schema.type === undefined) return "unknown";
  return union([schema.type].flat().map((type) => plainType(schema, type)));
}

function follow(document, part) {
  if (!part.$ref) return part;
  return part.$ref
    .slice(2)
    .split("/")
    .reduce((value, name) => value[name], document);
}

function parametersType(document, operation, where) {
  const found = (operation.parameters ?? []).map((each) => follow(document, each)).filter((each) => each.in === where);
  if (found.length === 0) return "Record<never, never>";
  const members = found.map(
    (each) => comment(each.description) + `${key(each.name)}${each.required ? "" : "?"}: ${typeOf(each.schema)};`,
  );
  return `{\n${INDENT}${indented(members.join("\n"))}\n}`;
}

/** What a change answers when it was only asked what it would do. */
const isDryRun = (schema) => schema.$ref?.endsWith("DryRun") ?? false;

function answerTypes(document, operation) {
  const done = [];
  const dry = [];
  for (const [status, part] of Object.entries(operation.responses)) {
    const schema = follow(document, part).content?.["application/json"]?.schema;
    if (!status.startsWith("2") || !schema) continue;
    for (const each of schema.oneOf ?? [schema]) (isDryRun(each) ? dry : done).push(typeOf(each));
  }
  return { done: done.length ? union(done) : "undefined", dry: dry.length ? union(dry) : "undefined" };
}

function operationType(document, path, method, operation) {
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  const answers = answerTypes(document, operation);
  const members = [
    `method: ${JSON.stringify(method.toUpperCase())};`,
    `path: ${JSON.stringify(path)};`,
    `parameters: ${parametersType(document, operation, "path")};`,
    `query: ${parametersType(document, operation, "query")};`,
    `body: ${body ? typeOf(body) : "undefined"}${body && !operation.requestBody.required ? " | undefined" : ""};`,
    `answer: ${answers.done};`,
    `dryRun: ${answers.dry};`,
  ];
  return comment(operation.summary) + `${key(operation.operationId)}: {\n${INDENT}${indented(members.join("\n"))}\n};`;
}

function operations(document) {
  const all = [];
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods))
      if (method !== "servers") all.push([operation.operationId, method.toUpperCase(), path, operationType(document, path, method, operation)]);
  return all;
}

function write(document) {
  const parts = ["// Made by types-from-openapi.mjs from the API's own document: not to be edited."];
  for (const [name, schema] of Object.entries(document.components.schemas))
    parts.push(`${comment(schema.description)}export type ${name} = ${typeOf(schema)};`);
  const all = operations(document);
  const types = all.map(([, , , type]) => type).join("\n");
  parts.push(`export interface Operations {\n${INDENT}${indented(types)}\n}`);
  const base = document.servers[0].url;
  const rows = all.map(
    ([id, method, path]) =>
      `${key(id)}: { method: ${JSON.stringify(method)}, path: ${JSON.stringify(base + path)} },`,
  );
  parts.push(
    comment("How each operation is asked for; words in braces are its parameters.") +
      `export const operations = {\n${INDENT}${indented(rows.join("\n"))}\n} as const;`,
  );
  return `${parts.join("\n\n")}\n`;
}

process.stdout.write(write(JSON.parse(readFileSync(process.argv[2] ?? 0, "utf8"))));
