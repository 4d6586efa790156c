import { expect, it } from "vitest";
import type { ClaimedWrite } from "../../src/base/keyed-write.ts";
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
    await store.keep({ ...write, claimedAt: 5000 }, "done");
    await store.release({ ...write, claimedAt: 5000 });
    expect(await store.claim(write, at(5999))).toMatchObject({ answer: "done" });
  });

  it("frees a key that is released, and one whose write has died", async () => {
    const store = await make();
    await store.claim(write, at(5000));
    await store.release({ ...write, claimedAt: 5000 });
    expect(await store.claim(write, at(5001))).toBeNull();
    expect(await store.claim(write, at(5061))).toMatchObject({ at: 5001 });
    expect(await store.claim(write, at(5062))).toBeNull();
  });

  it.each([
    ["free", (store: AnswerStore, late: ClaimedWrite) => store.release(late)],
    ["answer for", (store: AnswerStore, late: ClaimedWrite) => store.keep(late, "late")],
  ])("lets no write that was slower than the lapse %s the one that has its key since", async (_, end) => {
    const store = await make();
    await store.claim(write, at(5000));
    expect(await store.claim(write, at(5061))).toBeNull();
    await end(store, { ...write, claimedAt: 5000 });
    expect(await store.claim(write, at(5062))).toMatchObject({ at: 5061, answer: null });
    await store.keep({ ...write, claimedAt: 5061 }, "done");
    await end(store, { ...write, claimedAt: 5000 });
    expect(await store.claim(write, at(5063))).toMatchObject({ at: 5061, answer: "done" });
  });

  it("forgets an old answer", async () => {
    const store = await make();
    await store.claim(write, at(5000));
    await store.keep({ ...write, claimedAt: 5000 }, "done");
    expect(await store.claim(write, at(6000))).toMatchObject({ answer: "done" });
    expect(await store.claim(write, at(6001))).toBeNull();
  });

  it("gives a key to one of many who ask at once", async () => {
    const store = await make();
    const claims = await Promise.all(Array.from({ length: 8 }, () => store.claim(write, at(5000))));
    expect(claims.filter((claim) => claim === null)).toHaveLength(1);
  });
}
