import { defineCommand, text } from '../define-command.ts';

/**
 * UPDATE_GLOBAL_WHITE_ADDRS_CONFIG: sets the addresses that need no account (4.x).
 *
 *   request  => globalWhiteAddrs [aclFileFullPath]
 *     globalWhiteAddrs => text, separated by commas
 *     aclFileFullPath  => text
 *   response => nothing
 *
 * Source: UpdateGlobalWhiteAddrsConfigRequestHeader.java.
 */
export const updateGlobalWhiteAddrsConfig = defineCommand({
  code: 53,
  name: 'UPDATE_GLOBAL_WHITE_ADDRS_CONFIG',
  request: {
    globalWhiteAddrs: text(),
    aclFileFullPath: text({ optional: true }),
  },
});
