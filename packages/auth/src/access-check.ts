/**
 * Whether a request may be served.
 *
 * In this order: an address that is white for all needs nothing; the account must be known; an address that is
 * white for the account needs no signature; the signature must be right; traces may be written by all; some
 * requests are for administrators; each topic and group must be permitted, by name or by default.
 *
 * Source: PlainPermissionManager.java (validate, checkPerm).
 */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { GrowingBuffer } from '@orbitmq/kernel';
import { type FrameView, SystemTopic, ValueForm } from '@orbitmq/protocol';
import type { AclRule, AclRules } from './acl-rules.ts';
import { type NeededAccess, neededAccess, needsAdmin } from './needed-access.ts';
import { AclPermission, isPermitted } from './permission.ts';
import { AuthField, UNIQUE_KEY_QUERY_FIELD } from './signature.ts';

/** Why a request is refused: the reference's words, fit for the peer and for logs. */
export type AccessRefusal = string;

const FIRST_BYTES = 4_096;
const MAX_KEPT_BYTES = 1_048_576;
const SIGNATURE_BYTES = 20;
/** A body up to this size is hashed in one call with the values, which costs less than two. */
const MAX_COPIED_BODY_BYTES = 4_096;
const MAX_LOOPED_BYTES = 32;

/** Checks requests one at a time, reusing its buffers. */
export class AccessCheck {
  readonly #content = new GrowingBuffer(FIRST_BYTES);
  /** Fields of the current frame in the order of their names. */
  readonly #order: number[] = [];

  /**
   * @param address the peer's, numeric
   * @returns undefined when the request may be served
   * @throws {RocketMqError} BODY_MALFORMED for a heartbeat that cannot be read
   */
  refusal(rules: AclRules, address: string, frame: FrameView): AccessRefusal | undefined {
    if (rules.isGloballyWhite(address)) return undefined;
    const isUnambiguous = this.#sortFields(frame);
    const accessKey = this.#field(frame, AuthField.accessKey);
    if (accessKey === undefined) return 'No accessKey is configured';
    const rule = rules.get(accessKey);
    if (rule === undefined) return `No acl config for ${accessKey}`;
    if (rule.isWhite(address)) return undefined;
    if (!isUnambiguous || !this.#isSigned(frame, rule.key)) {
      return `Check signature failed for accessKey=${accessKey}`;
    }
    const needed = neededAccess(frame, (name) => this.#field(frame, name));
    return isTrace(needed) ? undefined : permissionRefusal(rule, frame.code, needed);
  }

  /**
   * Sorts by the names' bytes, which is Java's order for names in ASCII. Fields come nearly sorted from most
   * clients, and there are about fifteen: an insertion sort.
   *
   * @returns false when two fields have one name: which of them a reader takes is not signed
   */
  #sortFields(frame: FrameView): boolean {
    const order = this.#order;
    order.length = 0;
    let isUnambiguous = true;
    for (let field = 0; field < frame.fieldCount; field++) {
      let at = order.length;
      while (at > 0) {
        const difference = compareKeys(frame, order[at - 1] as number, field);
        if (difference === 0) isUnambiguous = false;
        if (difference <= 0) break;
        order[at] = order[at - 1] as number;
        at--;
      }
      order[at] = field;
    }
    return isUnambiguous;
  }

  #isSigned(frame: FrameView, key: KeyObject): boolean {
    const text = this.#field(frame, AuthField.signature);
    if (text === undefined) return false;
    const given = Buffer.from(text, 'base64');
    if (given.length !== SIGNATURE_BYTES) return false;
    // Brokers of 4.9 leave `_UNIQUE_KEY_QUERY` out of what they verify, and Go clients the token out of what they sign.
    for (const without of [undefined, UNIQUE_KEY_QUERY_FIELD, AuthField.securityToken]) {
      if (without !== undefined && this.#find(frame, without) < 0) continue;
      if (timingSafeEqual(this.#signature(frame, key, without), given)) return true;
    }
    return false;
  }

  #signature(frame: FrameView, key: KeyObject, without: string | undefined): Buffer {
    const content = this.#content;
    content.reset(MAX_KEPT_BYTES);
    for (const field of this.#order) {
      if (isNamed(frame, field, AuthField.signature)) continue;
      if (without !== undefined && isNamed(frame, field, without)) continue;
      appendValue(frame, field, content);
    }
    const { bodyBytes } = frame;
    const isTogether = bodyBytes <= MAX_COPIED_BODY_BYTES;
    if (isTogether) content.append(frame.body());
    const hmac = createHmac('sha1', key).update(content.buffer.subarray(0, content.length));
    if (!isTogether) hmac.update(frame.body());
    return hmac.digest();
  }

  #field(frame: FrameView, name: string): string | undefined {
    const field = this.#find(frame, name);
    return field < 0 ? undefined : frame.value(field);
  }

  /** @returns -1 when the frame has no such field */
  #find(frame: FrameView, name: string): number {
    for (let field = 0; field < frame.fieldCount; field++) {
      if (isNamed(frame, field, name)) return field;
    }
    return -1;
  }
}

/** Adds a field's value. A short one is copied in less time than a call of `copy` takes. */
function appendValue(frame: FrameView, field: number, content: GrowingBuffer): void {
  const start = frame.valueStart(field);
  const end = frame.valueEnd(field);
  content.reserve(end - start);
  if (end - start > MAX_LOOPED_BYTES || frame.form(field) > ValueForm.plain) {
    content.length = frame.copyValue(field, content.buffer, content.length);
    return;
  }
  const { buffer, length } = content;
  const source = frame.buffer;
  for (let at = start; at < end; at++) buffer[length + at - start] = source[at] as number;
  content.length = length + end - start;
}

function isNamed(frame: FrameView, field: number, name: string): boolean {
  const start = frame.keyStart(field);
  const end = frame.keyEnd(field);
  if (end - start !== name.length) return false;
  const { buffer } = frame;
  for (let at = 0; at < name.length; at++) {
    if (buffer[start + at] !== name.charCodeAt(at)) return false;
  }
  return true;
}

function compareKeys(frame: FrameView, left: number, right: number): number {
  const { buffer } = frame;
  let leftAt = frame.keyStart(left);
  let rightAt = frame.keyStart(right);
  const leftEnd = frame.keyEnd(left);
  const rightEnd = frame.keyEnd(right);
  while (leftAt < leftEnd && rightAt < rightEnd) {
    const difference = (buffer[leftAt++] as number) - (buffer[rightAt++] as number);
    if (difference !== 0) return difference;
  }
  return leftEnd - leftAt - (rightEnd - rightAt);
}

/** Whether traces are written, and nothing besides is asked for. */
function isTrace(needed: readonly NeededAccess[]): boolean {
  return (
    needed.length > 0 &&
    needed.every(
      ({ kind, name, permission }) =>
        kind === 'topic' && name === SystemTopic.trace && permission === AclPermission.pub,
    )
  );
}

function permissionRefusal(
  rule: AclRule,
  code: number,
  needed: readonly NeededAccess[],
): AccessRefusal | undefined {
  if (needsAdmin(code) && !rule.isAdmin) {
    return `Need admin permission for request code=${code}, but accessKey=${rule.accessKey} is not`;
  }
  if (rule.isAdmin && !rule.namesResources) return undefined;
  const denied = needed.find((access) => !isPermitted(access.permission, ownedOf(rule, access)));
  return denied && `No default permission for ${denied.kind}:${denied.name}`;
}

function ownedOf(rule: AclRule, { kind, name }: NeededAccess): number {
  return kind === 'topic'
    ? (rule.topicPermissions.get(name) ?? rule.defaultTopicPermission)
    : (rule.groupPermissions.get(name) ?? rule.defaultGroupPermission);
}
