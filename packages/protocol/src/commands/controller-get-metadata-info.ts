import { bool, defineCommand, text } from '../define-command.ts';

/**
 * CONTROLLER_GET_METADATA_INFO: which controller leads (5.x).
 *
 *   request  => nothing
 *   response => [group] [controllerLeaderId] [controllerLeaderAddress] isLeader [peers]
 *     group                   => text
 *     controllerLeaderId      => text
 *     controllerLeaderAddress => text
 *     isLeader                => "true" | "false"
 *     peers                   => text, id:address joined by ";"
 *
 * Source: GetMetaDataResponseHeader.java.
 */
export const controllerGetMetadataInfo = defineCommand({
  code: 1005,
  name: 'CONTROLLER_GET_METADATA_INFO',
  response: {
    group: text({ optional: true }),
    controllerLeaderId: text({ optional: true }),
    controllerLeaderAddress: text({ optional: true }),
    isLeader: bool(),
    peers: text({ optional: true }),
  },
});
