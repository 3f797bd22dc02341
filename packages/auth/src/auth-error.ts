import { RocketMqError } from '@orbitmq/kernel';

/** A file of accounts or credentials that cannot be used as it is. */
export function aclFileMalformed(reason: string, cause?: unknown): RocketMqError {
  return new RocketMqError(reason, { code: 'ACL_FILE_MALFORMED', cause });
}
