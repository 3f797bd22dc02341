import { defineCommand, text } from '../define-command.ts';
import { topicFields } from './base-fields.ts';

/**
 * QUERY_CORRECTION_OFFSET: smallest offsets of other groups than one.
 *
 *   request  => topic compareGroup [filterGroups] [bname] [ns] [nsd] [oway] [lo]
 *     topic        => text
 *     compareGroup => text
 *     filterGroups => text, separated by commas
 *     bname, ns, nsd, oway, lo as in base-fields.ts
 *   response => body
 *     body => QueryCorrectionOffsetBody
 *
 * Source: QueryCorrectionOffsetHeader.java.
 */
export const queryCorrectionOffset = defineCommand({
  code: 308,
  name: 'QUERY_CORRECTION_OFFSET',
  request: {
    topic: text(),
    compareGroup: text(),
    filterGroups: text({ optional: true }),
    ...topicFields,
  },
});
