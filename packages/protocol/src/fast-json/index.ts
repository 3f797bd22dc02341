export {
  isJsonObject,
  JavaDouble,
  type JsonObject,
  JsonSet,
  type JsonValue,
  MapEntries,
  mapEntriesOf,
} from './json-value.ts';
export { MAX_JSON_CHARACTERS, MAX_JSON_DEPTH, parseFastJson } from './parse.ts';
export { type PrintOptions, printFastJson } from './print.ts';
