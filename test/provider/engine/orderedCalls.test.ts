import { PalisadeError } from "../../../contract/errors.js";
import { Declarations, getDeclarer } from "../../../provider/engine/declarations.js";
import { OrderedCalls } from "../../../provider/engine/orderedCalls.js";

const refused = () => new PalisadeError("PAL_REFUSED", "it is in use");

describe("calls whose order only the API demands", () => {
  it("are made again when one that they follow has ended", async () => {
    const turns = new OrderedCalls();
    let owned = true;
    let release: () => void = () => undefined;
    const database = turns.run(
      "Database",
      [],
      () =>
        new Promise<void>((resolve) => {
          release = () => {
            owned = false;
            resolve();
          };
        }),
    );
    let attempts = 0;
    const role = turns.run("Role", ["Database"], () => {
      attempts += 1;
      return owned ? Promise.reject(refused()) : Promise.resolve("gone");
    });
    release();
    await database;
    expect(await role).toBe("gone");
    expect(attempts).toBe(2);
  });

  it("fail at once where nothing can come first, and where it is no matter of order", async () => {
    const turns = new OrderedCalls();
    await expect(turns.run("Role", [], () => Promise.reject(refused()))).rejects.toThrow("PAL_REFUSED");
    await expect(turns.run("Role", ["Database"], () => Promise.reject(new Error("cut")))).rejects.toThrow("cut");
  });

  it("do not wait for each other", async () => {
    const turns = new OrderedCalls();
    const both = ["one", "other"].map(() => turns.run("Branch", ["Branch"], () => Promise.reject(refused())));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});

describe("what a run declares", () => {
  it("is held by others alone, and the last of them takes it away", () => {
    const declarations = new Declarations();
    declarations.declare("a", ["entry p 1", "network p"]);
    expect(declarations.getOthers("a").isDeclared("entry p 1")).toBe(false);
    expect(declarations.getOthers("a").isDeclaredByAny("network p")).toBe(true);
    expect(declarations.getOthers("b").isDeclared("entry p 1")).toBe(true);
    expect(declarations.getOthers("b").listKeysUnder("entry p ")).toEqual(["1"]);
  });

  it("is sent again by who declares it after it was taken away", () => {
    const declarations = new Declarations();
    declarations.getOthers("a").markDropped(["entry p 1"]);
    declarations.declare("b", ["entry p 1"]);
    declarations.declare("c", ["entry p 2"]);
    expect([declarations.getOthers("b").mustResend(), declarations.getOthers("c").mustResend()]).toEqual([true, false]);
  });

  it("knows two declarations of one object apart, and old records by their URN", () => {
    expect(getDeclarer("x", { declaration: "1", managedBy: "urn" })).not.toBe(getDeclarer("x", { declaration: "2", managedBy: "urn" }));
    expect(getDeclarer("x", { managedBy: "urn:a" })).not.toBe(getDeclarer("x", { managedBy: "urn:b" }));
  });
});
