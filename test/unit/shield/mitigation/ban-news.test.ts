import { describe, expect, it } from "vitest";
import type { Ban } from "../../../../src/shield/ban/ban.ts";
import { BanNews, QUIET_MS } from "../../../../src/shield/mitigation/ban-news.ts";

const NOW = 1_000_000_000;
const ofLimit = { kind: "breach", limit: "standard", since: 0, at: 0, seconds: 3, offered: 20, allowed: 10 } as const;
const ofAttack = {
  kind: "attack",
  attack: "a-1",
  service: "api",
  since: 0,
  at: 0,
  perSecond: 9,
  usualPerSecond: 0,
  shareOfExcess: 0.5,
  clients: 1,
} as const;

const ban = (cidr: string, become: Partial<Ban> = {}): Ban => ({
  id: "ban-1",
  cidr,
  reason: "20 req/s for 3 s",
  evidence: ofLimit,
  offence: 1,
  by: "shield",
  decidedAt: NOW,
  expiresAt: NOW + 3_600_000,
  touches: 0,
  state: { kind: "in-force", at: NOW, epoch: 2 },
  ...become,
});

const flood = (count: number) => Array.from({ length: count }, (_, i) => ban(`10.0.${i >> 8}.${i & 255}/32`));

describe("bans that people are told of", () => {
  it("are the first of a limit at once, and what follows together, whatever its number", () => {
    const news = new BanNews();
    expect(news.take(flood(1), NOW)).toEqual([
      {
        at: NOW,
        kind: "banned",
        severity: "info",
        service: null,
        attack: null,
        proposal: null,
        text: "Banned: 10.0.0.0/32 (1 h). 20 req/s for 3 s.",
      },
    ]);
    const batches = Array.from({ length: 40 }, (_, i) => news.take(flood(50), NOW + i * 1000));
    expect(batches.flat()).toEqual([]);
    expect(news.take([], NOW + QUIET_MS - 1)).toEqual([]);
    expect(news.take([], NOW + QUIET_MS)).toMatchObject([{ text: expect.stringContaining(" and 1997 more. ") }]);
    expect(news.take([], NOW + 3 * QUIET_MS)).toEqual([]);
  });

  it("name the widest, and warn of it and of good clients", () => {
    const news = new BanNews();
    const bans = [...flood(5), ban("203.0.113.0/24", { evidence: ofAttack }), ban("198.51.100.0/24")];
    const told = news.take(bans, NOW);
    expect(told).toMatchObject([
      {
        severity: "warning",
        attack: null,
        text: expect.stringMatching(/^Banned: 198\.51\.100\.0\/24 .* and 3 more\./),
      },
      { severity: "warning", service: "api", attack: "a-1", text: expect.stringContaining("203.0.113.0/24 (1 h).") },
    ]);
    const [touching] = new BanNews().take([ban("10.0.0.1/32", { touches: 1 })], NOW);
    expect(touching).toMatchObject({
      severity: "warning",
      text: expect.stringContaining("Good clients that they hold: 1."),
    });
  });

  it("are none that a person has confirmed", () => {
    expect(new BanNews().take([ban("10.0.0.1/32", { by: "alice" })], NOW)).toEqual([]);
  });

  it("are told after a clock that was set back", () => {
    const news = new BanNews();
    news.take(flood(1), NOW);
    expect(news.take(flood(1), NOW - QUIET_MS)).toHaveLength(1);
  });

  it("fit into an alert, whatever their reasons", () => {
    const many = flood(9999).map((each) => ({ ...each, touches: 9 }));
    const [told] = new BanNews().take([ban("2001:db8:aaaa::/48", { reason: "x".repeat(500) }), ...many], NOW);
    expect(told?.text.length).toBeLessThanOrEqual(500);
  });
});
