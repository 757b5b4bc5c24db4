/** Runs work of the same name sequentially; a name without work is removed. */
export class KeyedQueue {
  private readonly turns = new Map<string, Promise<unknown>>();

  run<R>(name: string, work: () => Promise<R>): Promise<R> {
    const turn = (this.turns.get(name) ?? Promise.resolve()).then(work, work);
    const quiet = turn.then(
      () => undefined,
      () => undefined,
    );
    this.turns.set(name, quiet);
    void quiet.then(() => {
      if (this.turns.get(name) === quiet) this.turns.delete(name);
    });
    return turn;
  }
}
