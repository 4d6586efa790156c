import { expect, it } from "vitest";
import type { AnswerStore } from "../../workers/control/idempotency.ts";

const write = { principal: "ann", key: "k1", fingerprint: "f1" };
const at = (now: number) => ({ now, lapsedBefore: now - 60, forgottenBefore: now - 1000 });

/** What every store of answers must do; `make` gives an empty one. */
export function testAnswerStore(make: () => Promise<AnswerStore>): void {
  it("gives a free key, and says of a taken one that its write is under way", async () => {
    const store = await make();
    expect(await store.claim(write, at(5000))).toBeNull();
    expect(await store.claim({ ...write, fingerprint: "f2" }, at(5001))).toEqual({
      fingerprint: "f1",
      at: 5000,
      answer: null,
    });
  });

  it("keeps keys of principals apart", async () => {
    const store = await make();
    expect(await store.claim(write, at(5000))).toBeNull();
    expect(await store.claim({ ...write, principal: "bob" }, at(5000))).toBeNull();
  });

  it("gives the first answer ever after, and none to a late release", async () => {
    const store = await make();
    await store.claim(write, at(5000));
    await store.keep(write, "done");
    await store.release(write);
    expect(await store.claim(write, at(5999))).toMatchObject({ answer: "done" });
  });

  it("frees a key that is released, and one whose write has died", async () => {
    const store = await make();
    await store.claim(write, at(5000));
    await store.release(write);
    expect(await store.claim(write, at(5001))).toBeNull();
    expect(await store.claim(write, at(5061))).toMatchObject({ at: 5001 });
    expect(await store.claim(write, at(5062))).toBeNull();
  });

  it("forgets an old answer", async () => {
    const store = await make();
    await store.claim(write, at(5000));
    await store.keep(write, "done");
    expect(await store.claim(write, at(6000))).toMatchObject({ answer: "done" });
    expect(await store.claim(write, at(6001))).toBeNull();
  });

  it("gives a key to one of many who ask at once", async () => {
    const store = await make();
    const claims = await Promise.all(Array.from({ length: 8 }, () => store.claim(write, at(5000))));
    expect(claims.filter((claim) => claim === null)).toHaveLength(1);
  });
}
