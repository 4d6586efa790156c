import { beforeEach, describe, expect, it } from "vitest";
import { createWorld, type World } from "../control/world.ts";
import { PASSWORD, Seat } from "./seat.ts";

let world: World;
let seat: Seat;
let secret: string;
beforeEach(async () => {
  world = await createWorld();
  seat = new Seat(world);
  secret = await seat.init();
  await seat.login(secret);
});

const novacron: Seat["novacron"] = (...given) => seat.novacron(...given);
const later = (ms: number) => {
  world.clock.now += ms;
};
const NEW_PASSWORD = "battery horse correct";
const MINUTES = 60_000;

describe("account", () => {
  it("shows who one is, and what one may do", async () => {
    const { out } = await novacron("account");
    expect(out).toMatch(/^ann; second factor used at 2026-11-23T12:00:00.000Z\n\nMAY +FOR\n\* +everything\n$/);
    await novacron("principals add robot --machine --role viewer --regions us-east-1");
    const token = (await novacron("tokens add robot --name ci")).out.trim().split("\n").at(-1);
    const env = { NOVACRON_URL: "http://control.test", NOVACRON_TOKEN: token };
    expect((await novacron("account show", [], { env })).out).toMatch(/^robot, a machine\n[\s\S]* us-east-1\n$/);
  });

  it("changes the password, which is typed twice and never shown", async () => {
    const { exit, out, questions } = await novacron("account password", [PASSWORD, NEW_PASSWORD, NEW_PASSWORD]);
    expect([exit, out]).toEqual([0, "the password is changed\n"]);
    expect(questions.every((question) => question.endsWith("(hidden)"))).toBe(true);
    later(MINUTES);
    expect((await novacron("login --name ann", [NEW_PASSWORD, () => seat.code(secret)])).exit).toBe(0);
    expect((await novacron("account password", [NEW_PASSWORD, "a", "b"])).err).toBe("the passwords differ\n");
    expect((await novacron("account password", ["wrong", PASSWORD, PASSWORD])).exit).toBe(1);
    expect((await novacron("account password", null)).err).toBe(
      "there is nobody to ask for a password here: run it at a terminal\n",
    );
  });

  it("moves to another authenticator app, after a code of the one before", async () => {
    later(6 * MINUTES);
    const shown = (said: string) => seat.code(/secret {2}([A-Z2-7]+)/.exec(said)?.[1] ?? "");
    let other = "";
    const { exit, out } = await novacron("account totp", [
      () => seat.code(secret),
      (said) => {
        other = /secret {2}([A-Z2-7]+)/.exec(said)?.[1] ?? "";
        return shown(said);
      },
    ]);
    expect([exit, out]).toEqual([0, expect.stringContaining("Recovery codes")]);
    later(MINUTES);
    expect((await seat.login(secret)).exit).toBe(1);
    expect((await seat.login(other)).exit).toBe(0);
  });

  it("gives new recovery codes, which let in who has lost the app", async () => {
    const { out } = await novacron("account recovery-codes");
    const [code = ""] = /[0-9a-z]{4}(-[0-9a-z]{4}){3}/.exec(out) ?? [];
    await novacron("logout");
    expect((await novacron("login --name ann", [PASSWORD, code])).exit).toBe(0);
  });
});

describe("who has lost everything", () => {
  it("is told whom to ask, and gets in again by what an admin gives", async () => {
    const admin = seat;
    await admin.novacron("principals add cy --role operator");
    const lost = new Seat(world);
    const refused = await lost.novacron("login --name cy", ["forgotten", ""]);
    expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining("novacron principals reset")]);
    const { out } = await admin.novacron("principals reset cy");
    const [password = ""] = /nvp_\w{43}/.exec(out) ?? [];
    const shown = (said: string) => seat.code(/secret {2}([A-Z2-7]+)/.exec(said)?.[1] ?? "");
    expect((await lost.novacron("login --name cy", [password, "", shown])).exit).toBe(0);
    expect((await lost.novacron("weights")).exit).toBe(0);
    expect((await lost.novacron("roles set mine *")).err).toContain("novacron account show");
  });
});

it("makes, replaces and removes roles", async () => {
  expect((await novacron("roles")).out).toMatch(/^ROLE +KIND +MAY\nadmin +standard +\*\nauditor /);
  expect((await novacron("roles add dialler weights:read")).out).toMatch(/dialler +made here +weights:read\n/);
  expect((await novacron("roles set dialler weights:* blacklist:read")).out).toContain("weights:* blacklist:read");
  await novacron("principals add cy --role dialler");
  const kept = await novacron("roles rm dialler");
  expect([kept.exit, kept.err]).toEqual([1, expect.stringContaining("who has it: novacron principals ls")]);
  await novacron("principals rm cy");
  expect((await novacron("roles rm dialler")).out).toBe("the role dialler is gone\n");
  expect((await novacron("roles set x weights:eat")).err).toContain("/permissions/0: expected area:action");
});

it("lists and ends sessions", async () => {
  const token = await world.admit({ name: "bob", roles: ["viewer"] });
  expect((await novacron("sessions")).out).toMatch(/\nbob +bearer .* bob-credential\n/);
  expect((await novacron("sessions rm bob-credential")).out).toBe("bob-credential is over\n");
  expect((await world.call("GET", "/table", { token })).status).toBe(401);
  expect((await novacron("sessions rm bob-credential")).err).toContain("There is no such thing");
});

it("lists and removes one's own passkeys", async () => {
  expect((await novacron("passkeys")).out).toBe("you have no passkeys\n");
  const { id: principal } = JSON.parse((await novacron("account --json")).out);
  const passkey = { id: "k1", principal, name: "laptop", publicKey: "AAAA", counter: 0, transports: [] };
  await world.auth.passkeys.create({ ...passkey, createdAt: world.clock.now, lastUsedAt: null });
  expect((await novacron("passkeys ls")).out).toMatch(/\nlaptop +2026-\S+ +never +k1\n$/);
  expect((await novacron("passkeys rm k1")).out).toBe("k1 lets nobody in any more\n");
  expect((await novacron("passkeys ls --json")).out).toBe("[]\n");
});

it("sets from where somebody may come", async () => {
  await novacron("principals add cy --role viewer");
  expect((await novacron("principals allowlist cy")).out).toBe("from anywhere\n");
  expect((await novacron("principals allowlist cy 192.0.2.0/24 2001:db8::/32")).out).toBe(
    "192.0.2.0/24\n2001:db8::/32\n",
  );
  expect((await novacron("principals allowlist cy")).out).toBe("192.0.2.0/24\n2001:db8::/32\n");
  expect((await novacron("principals allowlist cy --clear")).out).toBe("from anywhere\n");
  expect((await novacron("principals allowlist ann 192.0.2.0/24")).err).toContain("This would lock you out");
  expect((await novacron("principals allowlist ann 192.0.2.0/24 --force")).exit).toBe(0);
  expect((await novacron("weights")).err).toContain("an admin can add it");
});
