import { bool, defineCommand, text } from '../define-command.ts';
import { rpcFields } from './base-fields.ts';

/**
 * CLONE_GROUP_OFFSET: copies the offsets of one group to another.
 *
 *   request  => srcGroup destGroup [topic] [offline] [bname] [ns] [nsd] [oway]
 *     srcGroup  => text
 *     destGroup => text
 *     topic     => text
 *     offline   => "true" | "false", absent means "false"
 *     bname, ns, nsd, oway as in base-fields.ts
 *   response => nothing
 *
 * Source: CloneGroupOffsetRequestHeader.java.
 */
export const cloneGroupOffset = defineCommand({
  code: 314,
  name: 'CLONE_GROUP_OFFSET',
  request: {
    srcGroup: text(),
    destGroup: text(),
    topic: text({ optional: true }),
    offline: bool({ absent: false }),
    ...rpcFields,
  },
});
