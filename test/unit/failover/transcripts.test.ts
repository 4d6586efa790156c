import { expect, it } from "vitest";
import { Story } from "./story.ts";

const stories: readonly [name: string, tell: (story: Story) => Promise<void>][] = [
  [
    "one-region",
    async (story) => {
      await story.die("us-east-1");
      await story.request("us-east-1");
      await story.pass(60);
      await story.recover("us-east-1");
      await story.pass(600);
    },
  ],
  [
    "two-at-once",
    async (story) => {
      await story.die("us-east-1", "ca-central-1");
      await Promise.all([story.request("us-east-1"), story.request("ca-central-1")]);
      await story.pass(10);
      await story.recover("us-east-1", "ca-central-1");
      await story.pass(600);
    },
  ],
  [
    "the-target-too",
    async (story) => {
      await story.die("us-east-1");
      await story.request("us-east-1");
      await story.pass(10);
      await story.die("ca-central-1");
      await story.pass(10);
      await story.request("ca-central-1");
      await story.pass(10);
    },
  ],
  [
    "a-flapping-region",
    async (story) => {
      await story.die("us-east-1");
      await story.request("us-east-1");
      for (let times = 0; times < 3; times++) {
        await story.recover("us-east-1");
        await story.pass(200);
        await story.die("us-east-1");
        await story.pass(20);
      }
      await story.recover("us-east-1");
      await story.pass(320);
      await story.die("us-east-1");
      await story.pass(5);
      await story.recover("us-east-1");
      await story.pass(1000);
    },
  ],
  [
    "errors-on-the-way-back",
    async (story) => {
      await story.die("us-east-1");
      await story.request("us-east-1");
      await story.recover("us-east-1");
      story.signs.set("us-west-2", { state: "active", requests: 1000, errorRate: 0, p95Ms: 50 });
      await story.pass(400);
      story.signs.set("us-east-1", { state: "active", requests: 100, errorRate: 0.2, p95Ms: 50 });
      await story.pass(30);
      story.signs.delete("us-east-1");
      await story.pass(1000);
    },
  ],
  [
    "recovered-by-itself",
    async (story) => {
      await story.request("us-east-1");
      await story.pass(5);
    },
  ],
  [
    "targets-that-do-not-answer",
    async (story) => {
      await story.die("us-east-1");
      story.silent.add("ca-central-1");
      await story.request("us-east-1");
      await story.pass(5);
    },
  ],
  [
    "crashes-after-every-step",
    async (story) => {
      await story.die("us-east-1");
      await story.requestAmongCrashes("us-east-1");
      await story.pass(5);
    },
  ],
];

it.each(stories)("%s", async (name, tell) => {
  const story = await Story.begun();
  await tell(story);
  await expect(`${story.lines.join("\n")}\n`).toMatchFileSnapshot(`${name}.golden.txt`);
});
