import { defineCommand, text } from '../define-command.ts';

/**
 * GET_KV_CONFIG: one value of the name server's key-value table.
 *
 *   request  => namespace key
 *     namespace => text
 *     key       => text
 *   response => [value]
 *     value => text
 *
 * Source: GetKVConfigRequestHeader.java, GetKVConfigResponseHeader.java.
 */
export const getKvConfig = defineCommand({
  code: 101,
  name: 'GET_KV_CONFIG',
  request: {
    namespace: text(),
    key: text(),
  },
  response: {
    value: text({ optional: true }),
  },
});
