import { defineCommand, text } from '../define-command.ts';

/**
 * DELETE_KV_CONFIG: removes one value of the name server's key-value table.
 *
 *   request  => namespace key
 *     namespace => text
 *     key       => text
 *   response => nothing
 *
 * Source: DeleteKVConfigRequestHeader.java.
 */
export const deleteKvConfig = defineCommand({
  code: 102,
  name: 'DELETE_KV_CONFIG',
  request: {
    namespace: text(),
    key: text(),
  },
});
