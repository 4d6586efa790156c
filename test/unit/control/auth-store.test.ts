import { FakeAuthStore } from "../../fakes/auth-store.ts";
import { testAuthStore } from "../../ports/auth-store.ts";

testAuthStore(async () => new FakeAuthStore());
