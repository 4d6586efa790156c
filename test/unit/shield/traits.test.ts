import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agentFamilyOf, pathClassOf } from "../../../src/shield/traits.ts";

describe("the class of a path", () => {
  it.each([
    ["/", "/"],
    ["", "/"],
    ["/a/b", "/a/b"],
    ["/a/b/", "/a/b/"],
    ["/a/b/c/d", "/a/b/c/d"],
    ["/a/b/c/d/", "/a/b/c/d/…"],
    ["/a/b/c/d/e/f", "/a/b/c/d/…"],
    ["//a", "//a"],
    ["/users/42", "/users/:id"],
    ["/users/42/posts", "/users/:id/posts"],
    ["/v1/api2", "/v1/api2"],
    ["/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/o/:id"],
    ["/blob/d41d8cd98f00b204e9800998ecf8427e", "/blob/:id"],
    ["/static/d41d8cd98f00.js", "/static/:id"],
    ["/t/eyJhbGciOiJIUzI1NiJ9", "/t/:id"],
    ["/s/a8f3k2", "/s/:id"],
    ["/img/photo-20250101.jpg", "/img/:id"],
    ["/a-long-title-of-an-article-that-someone-has-written", "/:id"],
    [`/${"x".repeat(500)}`, "/:id"],
    [`/${"%41".repeat(200)}`, "/:id"],
    ["/%61pi/%6cogin", "/api/login"],
    ["/%E4%BD%A0", "/你"],
    ["/%FF%FE", "/:id"],
    ["/50%", "/:id"],
    ["/a%0Ab", "/:id"],
    ["/a%2Fb", "/a%2Fb"],
    ["/a;jsessionid=1F2E3D", "/a"],
    ["/a;x=1;y=2/b;z", "/a/b"],
    ["/;x", "/"],
  ])("%s is %s", (path, pathClass) => {
    expect(pathClassOf(path)).toBe(pathClass);
  });

  it("is one for whatever a client adds that is not in the path: a query never reaches it, parameters are cut off", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w=&.~-]{1,60}$/), (random) => {
        expect(pathClassOf(`/search;${random}`)).toBe("/search");
      }),
    );
  });

  it("is one for all escapes of the same text", () => {
    const escaped = fc
      .array(fc.tuple(fc.constantFrom(..."loginapi"), fc.boolean()), { minLength: 1, maxLength: 12 })
      .map((characters) => ({
        plain: characters.map(([character]) => character).join(""),
        written: characters
          .map(([character, isEscaped]) => (isEscaped ? `%${character.charCodeAt(0).toString(16)}` : character))
          .join(""),
      }));
    fc.assert(
      fc.property(escaped, ({ plain, written }) => {
        expect(pathClassOf(`/${written}`)).toBe(pathClassOf(`/${plain}`));
      }),
    );
  });

  it("is short and can be shown, whatever the path", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 200 }), (units) => {
        const text = String.fromCharCode(...units);
        expect(pathClassOf(`/${text}`).length).toBeLessThanOrEqual(200);
        expect(pathClassOf(`/${encodeURI(text.toWellFormed())}`)).not.toMatch(/[\p{Cc}]/u);
      }),
    );
  });
});

describe("the family of an agent", () => {
  it.each([
    [undefined, "none"],
    ["", "none"],
    ["curl/8.5.0", "curl"],
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"],
    ["Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", "chrome"],
    ["Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0", "edge"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "firefox"],
    ["something else", "other"],
    [`${"x".repeat(301)} Firefox/1`, "other"],
  ])("%s is %s", (agent, family) => {
    expect(agentFamilyOf(agent)).toBe(family);
  });
});
