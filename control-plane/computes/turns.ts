/** One thing at a time with what has the same name; a name that nobody waits for is forgotten. */
export class Turns {
  private readonly turns = new Map<string, Promise<unknown>>();

  take<R>(name: string, work: () => Promise<R>): Promise<R> {
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
