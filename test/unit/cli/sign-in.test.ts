import { beforeEach, describe, expect, it } from "vitest";
import { totpCode } from "../../../src/auth/totp.ts";
import { createWorld, type World } from "../control/world.ts";
import { PASSWORD, Seat } from "./seat.ts";

const SESSION = ".novacron/session.json";

let world: World;
let seat: Seat;
beforeEach(async () => {
  world = await createWorld();
  seat = new Seat(world);
});

const novacron: Seat["novacron"] = (...given) => seat.novacron(...given);
const init = () => seat.init();
const login = (secret: string) => seat.login(secret);
const later = (ms: number) => {
  world.clock.now += ms;
};

describe("admin init", () => {
  it("shows a QR code and recovery codes, once", async () => {
    const { exit, out, questions } = await novacron("admin init --name ann", [PASSWORD, PASSWORD]);
    expect(exit).toBe(0);
    expect(questions.every((question) => question.endsWith("(hidden)"))).toBe(true);
    expect(out).toMatch(/(?:[ ▀▄█]{40,}\n){15}/);
    expect(out).toMatch(/secret {2}[A-Z2-7]{32}/);
    expect(out.match(/ {2}[0-9a-z]{4}(-[0-9a-z]{4}){3}/g)).toHaveLength(10);
    const again = await novacron("admin init --name bob", [PASSWORD, PASSWORD]);
    expect([again.exit, again.err]).toEqual([1, expect.stringContaining("There is an admin already")]);
  });

  it("makes nobody when the passwords differ, or are short", async () => {
    expect((await novacron("admin init", [PASSWORD, "x"])).err).toBe("the passwords differ\n");
    expect((await novacron("admin init", ["short", "short"])).err).toContain("/password");
    expect((await novacron("login --name admin", [PASSWORD, ""])).exit).toBe(1);
  });
});

describe("login", () => {
  it("keeps a session, which then comes before credentials.json, until logout", async () => {
    const secret = await init();
    const signedIn = await login(secret);
    expect(signedIn).toMatchObject({ exit: 0, out: "signed in at http://control.test as ann\n" });
    expect(signedIn.questions[0]).toBe("Password: (hidden)");
    expect(JSON.parse(seat.files[SESSION] ?? "")).toMatchObject({ url: "http://control.test" });
    await novacron("weights set us-east-1=50");
    expect((await novacron("table history --limit 1")).out).toMatch(/ ann +1 +set weights/);
    expect((await novacron("logout")).out).toBe("signed out\n");
    expect(seat.files[SESSION]).toBeUndefined();
    expect((await novacron("logout")).out).toBe("nobody is signed in\n");
  });

  it("renews the session of who goes on working, and says when it is over", async () => {
    await login(await init());
    for (let i = 0; i < 4; i++) {
      later(10 * 60_000);
      expect((await novacron("weights")).exit).toBe(0);
    }
    later(15 * 60_000);
    const over = await novacron("weights");
    expect([over.exit, over.err]).toEqual([1, expect.stringContaining("the session is over: novacron login")]);
  });

  it("lasts as long as somebody watches, and the watch outlasts it", async () => {
    await login(await init());
    let turns = 0;
    const { exit, out } = await novacron("--json status --watch 300", [], {
      pause: async (ms) => {
        later(ms);
        return ++turns < 12 * 12 + 6;
      },
    });
    const lines = out.trimEnd().split("\n");
    const failed = lines.findIndex((line) => !line.startsWith("{"));
    expect([exit, failed, lines[failed]]).toEqual([1, 12 * 12, expect.stringContaining("bearer token is needed")]);
    expect(lines.at(-1)).toContain("novacron login");
  });

  it("sets up the second factor of who has none", async () => {
    const { out } = await novacron("principals add cy --role operator --json");
    const { password } = JSON.parse(out);
    const offered = (shown: string) => totpCode(/secret {2}([A-Z2-7]+)/.exec(shown)?.[1] ?? "", world.clock.now);
    const { exit, out: said } = await novacron("login --name cy", [password, "", offered]);
    expect([exit, said]).toEqual([0, expect.stringContaining("Recovery codes")]);
    expect((await novacron("weights")).exit).toBe(0);
  });

  it("needs a terminal", async () => {
    expect(await novacron("login --name ann", null)).toMatchObject({
      exit: 1,
      err: "there is nobody to ask for a password here: run it at a terminal, or set NOVACRON_URL and NOVACRON_TOKEN, by which machines come in\n",
    });
  });
});

describe("a challenge", () => {
  it("becomes a prompt on a terminal, and the command goes on", async () => {
    const secret = await init();
    await login(secret);
    later(6 * 60_000);
    const added = await novacron("principals add robot --machine --role viewer", [
      () => totpCode(secret, world.clock.now),
    ]);
    expect(added.questions).toEqual(["Code of your authenticator app, or a recovery code: "]);
    expect([added.exit, added.out]).toEqual([0, expect.stringMatching(/robot +machine +viewer/)]);
    const token = await novacron("tokens add robot --name ci --ttl 7d");
    expect(token.out).toMatch(/\nnvc_[0-9A-Za-z]{43}\n$/);
  });

  it("is refused with a wrong code, and changes nothing", async () => {
    await login(await init());
    later(6 * 60_000);
    const refused = await novacron("principals add robot --machine", ["000000"]);
    expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining("second factor is wrong")]);
    expect((await novacron("principals ls")).out).not.toContain("robot");
  });

  it("is a failure with its reason elsewhere", async () => {
    await login(await init());
    later(6 * 60_000);
    const refused = await novacron("principals add robot --machine", null);
    expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining("A second factor is needed first")]);
  });
});

it("manages principals and tokens by name", async () => {
  await novacron("principals add robot --machine --role operator --regions us-east-1");
  expect((await novacron("principals ls")).out).toContain("operator (us-east-1)");
  expect((await novacron("principals roles ROBOT --role viewer --role auditor")).out).toContain("viewer, auditor");
  const { id } = JSON.parse((await novacron("tokens add robot --name ci --role viewer --json")).out);
  expect((await novacron("tokens ls")).out).toMatch(new RegExp(`ci +robot +viewer .*never +${id}`));
  expect((await novacron(`tokens rm ${id}`)).out).toBe(`${id} is revoked\n`);
  expect((await novacron("principals rm robot")).out).toBe("robot is gone\n");
  expect((await novacron("principals rm robot")).err).toBe("there is no principal robot\n");
});

it("sets from where the control plane may be used, and warns of locking oneself out", async () => {
  expect((await novacron("admin allowlist")).out).toBe("from anywhere\n");
  expect((await novacron("admin allowlist 192.0.2.0/24 --plan")).out).toBe(
    "+ 192.0.2.0/24\nthis would lock you out; --force does it all the same\n",
  );
  expect((await novacron("admin allowlist 192.0.2.0/24")).err).toContain("This would lock you out: 127.0.0.1");
  expect((await novacron("admin allowlist 127.0.0.0/8 192.0.2.0/24")).out).toBe("127.0.0.0/8\n192.0.2.0/24\n");
  expect((await novacron("admin allowlist --clear")).out).toBe("from anywhere\n");
  await novacron("admin allowlist 192.0.2.0/24 --force");
  expect((await novacron("weights")).err).toContain("Not from this address: 127.0.0.1");
});
