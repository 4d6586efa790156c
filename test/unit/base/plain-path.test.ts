import { expect, it } from "vitest";
import { plainPath } from "../../../src/base/plain-path.ts";

it.each([
  ["/login", "/login"],
  ["/%6cogin", "/login"],
  ["/%6Cog%69n/x", "/login/x"],
  ["//login", "/login"],
  ["/a///b//", "/a/b/"],
  ["/login;a=1/x;b", "/login/x"],
  ["/a%2Fb", "/a%2Fb"],
  ["/100%", "/100%"],
  ["/%zz", "/%zz"],
  ["/%E2%82%AC", "/%E2%82%AC"],
])("%s is taken as %s", (path, plain) => {
  expect(plainPath(path)).toBe(plain);
});
