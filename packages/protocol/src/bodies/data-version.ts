import { bodyOf } from './body.ts';
import { defaulted, int64, optional, struct, type TypeOf } from './shape.ts';

/** Says whether two tables are the same without comparing them. Source: DataVersion.java. */
export type DataVersion = TypeOf<typeof dataVersion>;
export const dataVersion = struct({
  /** Changes since the table was made. */
  counter: defaulted(int64, 0),
  /** Controller's epoch (5.x). */
  stateVersion: optional(int64),
  /** Of the last change, ms since 1970. */
  timestamp: defaulted(int64, 0),
});

export const { parse: parseDataVersion, print: printDataVersion } = bodyOf(
  'DataVersion',
  dataVersion,
);
