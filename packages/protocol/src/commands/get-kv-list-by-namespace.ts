import { defineCommand, text } from '../define-command.ts';

/**
 * GET_KVLIST_BY_NAMESPACE: all values of one namespace of the key-value table.
 *
 *   request  => namespace
 *     namespace => text
 *   response => body
 *     body => KVTable
 *
 * Source: GetKVListByNamespaceRequestHeader.java.
 */
export const getKvListByNamespace = defineCommand({
  code: 219,
  name: 'GET_KVLIST_BY_NAMESPACE',
  request: {
    namespace: text(),
  },
});
