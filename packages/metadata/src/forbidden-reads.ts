import type { Change, Database } from './database.ts';

/** What groups may not do with topics (5.x UPDATE_AND_GET_GROUP_FORBIDDEN). Source: SubscriptionGroupManager.java. */
export class ForbiddenReads {
  readonly #database: Database;
  readonly #masks = new Map<string, Map<string, number>>();
  readonly #insert: Change;
  readonly #remove: Change;

  constructor(database: Database) {
    this.#database = database;
    for (const row of database.rows('SELECT * FROM group_forbidden')) {
      this.#remember(String(row['consumer_group']), String(row['topic']), Number(row['mask']));
    }
    this.#insert = database.prepare('INSERT OR REPLACE INTO group_forbidden VALUES (?, ?, ?)');
    this.#remove = database.prepare(
      'DELETE FROM group_forbidden WHERE consumer_group = ? AND topic = ?',
    );
  }

  get(group: string, topic: string): number {
    return this.#masks.get(group)?.get(topic) ?? 0;
  }

  *all(): IterableIterator<readonly [group: string, topic: string, mask: number]> {
    for (const [group, topics] of this.#masks) {
      for (const [topic, mask] of topics) yield [group, topic, mask];
    }
  }

  set(group: string, topic: string, mask: number): void {
    this.#database.transaction('synced', () => {
      if (mask === 0) this.#remove.run(group, topic);
      else this.#insert.run(group, topic, mask);
    });
    this.#remember(group, topic, mask);
  }

  #remember(group: string, topic: string, mask: number): void {
    const topics = this.#masks.get(group) ?? new Map<string, number>();
    if (mask === 0) topics.delete(topic);
    else topics.set(topic, mask);
    if (topics.size === 0) this.#masks.delete(group);
    else this.#masks.set(group, topics);
  }
}
