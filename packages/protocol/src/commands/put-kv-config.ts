import { defineCommand, text } from '../define-command.ts';

/**
 * PUT_KV_CONFIG: stores one value of the name server's key-value table.
 *
 *   request  => namespace key value
 *     namespace => text
 *     key       => text
 *     value     => text
 *   response => nothing
 *
 * Source: PutKVConfigRequestHeader.java.
 */
export const putKvConfig = defineCommand({
  code: 100,
  name: 'PUT_KV_CONFIG',
  request: {
    namespace: text(),
    key: text(),
    value: text(),
  },
});
