/** Runs work for one key at a time, in order; different keys go on side by side. */
export class SerialQueues {
  private readonly last = new Map<string, Promise<unknown>>();

  run<R>(key: string, work: () => Promise<R>): Promise<R> {
    const turn = (this.last.get(key) ?? Promise.resolve()).then(work, work);
    const quiet = turn.catch(() => undefined);
    this.last.set(key, quiet);
    void quiet.then(() => {
      if (this.last.get(key) === quiet) this.last.delete(key);
    });
    return turn;
  }
}
