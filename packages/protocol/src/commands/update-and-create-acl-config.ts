import { bool, defineCommand, text } from '../define-command.ts';

/**
 * UPDATE_AND_CREATE_ACL_CONFIG: creates an account, or changes it (4.x).
 *
 *   request  => accessKey [secretKey] [whiteRemoteAddress] [admin] [defaultTopicPerm]
 *     [defaultGroupPerm] [topicPerms] [groupPerms]
 *     accessKey          => text
 *     secretKey          => text
 *     whiteRemoteAddress => text
 *     admin              => "true" | "false", absent means "false"
 *     defaultTopicPerm   => text
 *     defaultGroupPerm   => text
 *     topicPerms         => text, t1=PUB,t2=SUB
 *     groupPerms         => text, g1=PUB,g2=SUB
 *   response => nothing
 *
 * Source: CreateAccessConfigRequestHeader.java.
 */
export const updateAndCreateAclConfig = defineCommand({
  code: 50,
  name: 'UPDATE_AND_CREATE_ACL_CONFIG',
  request: {
    accessKey: text(),
    secretKey: text({ optional: true }),
    whiteRemoteAddress: text({ optional: true }),
    admin: bool({ absent: false }),
    defaultTopicPerm: text({ optional: true }),
    defaultGroupPerm: text({ optional: true }),
    topicPerms: text({ optional: true }),
    groupPerms: text({ optional: true }),
  },
});
