// Lists, which are fetched as they are walked.

/** One page of a list. */
export interface Page<T> {
  readonly items: T[];
  /** The cursor of the next page, to be given as `after`; null on the last. */
  readonly next: string | null;
}

/** Fetches the next page; undefined after the last. */
type Walk<T> = () => Promise<Page<T> | undefined>;

/**
 * A list. Nothing is sent until it is walked:
 *
 *     for await (const session of client.sessions.list()) console.log(session.id);
 *
 * Each walk begins anew, and fetches a page when it needs one.
 */
export class Pages<T> implements AsyncIterable<T> {
  readonly #start: () => Walk<T>;

  /** @internal */
  constructor(start: () => Walk<T>) {
    this.#start = start;
  }

  /** Walks every item to the end of the list. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page.items;
  }

  /** Walks the pages. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const walk = this.#start();
    for (let page = await walk(); page; page = await walk()) yield page;
  }

  /** Fetches one page alone: the first, or the one that `after` names. */
  async page(): Promise<Page<T>> {
    const page = await this.#start()();
    return page ?? { items: [], next: null };
  }

  /** Fetches every item. */
  async all(): Promise<T[]> {
    const items: T[] = [];
    for await (const page of this.pages()) items.push(...page.items);
    return items;
  }
}
