// What was found wrong with a board, and whether drawing is finished: a program that drives the browser reads both.

/** The kinds of findings; each is a promise about a board that was broken. */
export type Kind =
  | 'board' // the board could not be read
  | 'id' // two panels share an id, or lie outside the grid
  | 'unit'
  | 'reducer'
  | 'matcher'
  | 'property' // of an override, or a custom option of a field
  | 'transformation'
  | 'type' // of a panel
  | 'variable' // has no values, or cannot be asked for
  | 'query' // the server refused it
  | 'empty' // nothing came back
  | 'draw' // drawing failed
  | 'name' // an option names what is not in the data
  | 'alike' // two lines of a graph cannot be told apart
  | 'cut' // text that is not wholly seen
  | 'overlap'; // text over text

export interface Finding {
  kind: Kind;
  /** 0 where the finding is about the whole board. */
  panel: number;
  title: string;
  what: string;
}

/** A log of one board's drawing. */
export class Findings {
  readonly all: Finding[] = [];

  add(kind: Kind, panel: { id: number; title?: string } | undefined, what: string): void {
    const found = { kind, panel: panel?.id ?? 0, title: panel?.title ?? '', what };
    if (!this.all.some((f) => f.kind === kind && f.panel === found.panel && f.what === what)) {
      this.all.push(found);
    }
  }

  clear(...kinds: Kind[]): void {
    this.all.splice(0, this.all.length, ...this.all.filter((f) => !kinds.includes(f.kind)));
  }
}

/** Work counts what is under way, so that it is known when everything is drawn. */
export class Work {
  private open = 0;
  private begun = 0;

  async do<T>(job: () => Promise<T>): Promise<T> {
    this.open++;
    this.begun++;
    try {
      return await job();
    } finally {
      this.open--;
    }
  }

  /** Resolves when nothing was under way, nothing began, and nothing in the page changed, for some frames in a row. */
  async settled(): Promise<void> {
    let changed = false;
    const watch = new MutationObserver(() => (changed = true)); // tables and graphs find their sizes step by step
    watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    for (let calm = 0, seen = -1; calm < 12; ) {
      changed = false;
      await new Promise(requestAnimationFrame);
      await new Promise((done) => setTimeout(done, 5));
      calm = this.open === 0 && this.begun === seen && !changed && document.fonts.status === 'loaded' ? calm + 1 : 0;
      seen = this.begun;
    }
    watch.disconnect();
  }
}
