// Lists, which are fetched during iteration.

/** One page of a list. */
export interface Page<T> {
  readonly items: T[];
  /** The cursor of the next page, for the parameter `after`; null on the last page. */
  readonly next: string | null;
}

/** Fetches the next page, or returns undefined after the last. */
type Walk<T> = () => Promise<Page<T> | undefined>;

/**
 * A list. Nothing is sent until it is iterated:
 *
 *     for await (const session of client.sessions.list()) console.log(session.id);
 *
 * Each iteration starts from the first page, and fetches pages when needed.
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

  /** Fetches one page: the first, or the one after the cursor `after`. */
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
