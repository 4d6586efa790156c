import { FakeKeyStore } from "../../fakes/key-store.ts";
import { testKeyStore } from "../../ports/key-store.ts";

testKeyStore(async () => new FakeKeyStore());
