import { afterAll, beforeAll, expect, it } from "vitest";
import { listenTo } from "./eventStream.ts";
import { control, smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: System;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

it("a conversation · is seen and answered by an agent, told live, closed and rated", {
  timeout: 90_000,
}, async () => {
  const stage = await smsStage(system, { people: 1 });
  const { ask } = stage;
  const [phone, number] = [stage.phones[0] as string, stage.senders[0] as string];
  await ask("PATCH /v1/workspace", { settings: { conversations: { csat: { enabled: true } } } });
  const laura = await ask("POST /v1/members", { name: "Laura", email: "laura@example.com", role: "agent" });
  const { key } = await ask("POST /v1/api-keys", { name: "Laura", role: "agent", member_id: laura.id });
  const feed = await listenTo(`${system.url}/v1/conversations/events`, key);
  expect(await feed.next()).toMatchObject({ event: "ready" });

  const picture = Buffer.from("the picture of a house");
  await control(system, "inbound", {
    from: phone,
    to: number,
    body: "¿Esta casa sigue disponible?",
    media: [{ base64: picture.toString("base64"), content_type: "image/jpeg" }],
  });
  const told = await feed.nextOf("message_in");
  const { data: list } = await ask("GET /v1/conversations?unread=true");
  expect(list).toMatchObject([
    { id: told?.data.conversation_id, unread_count: 1, last_message: { id: told?.data.subject_id } },
  ]);
  const path = `/v1/conversations/${list[0].id}`;
  const { data: thread } = await ask(`GET ${path}/messages`);
  expect(thread).toMatchObject([{ direction: "in", body: "¿Esta casa sigue disponible?" }]);
  const file = await fetch(system.url + thread[0].media[0].url, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect([file.status, file.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
  expect(Buffer.from(await file.arrayBuffer())).toEqual(picture);

  const agent = (request: string, body: unknown) => {
    const [method = "", route = ""] = request.split(" ");
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    return fetch(system.url + route, { method, headers, body: JSON.stringify(body) }).then((r) => r.json());
  };
  const answer = (await agent(`POST ${path}/messages`, { body: "Sí, ¿le queda bien el jueves?" })) as {
    id: string;
  };
  expect(answer).toMatchObject({ state: "queued", author: { kind: "member", name: "Laura" } });
  expect(await feed.nextOf("message_out")).toMatchObject({ data: { subject_id: answer.id } });
  // Receipts may come together, or before the provider's answer is written: what counts is where it ends.
  for (let state: unknown; state !== "delivered" && state !== "read"; ) {
    const { data } = (await feed.nextOf("message_out")) ?? {};
    if (data === undefined) throw new Error("The feed ended before the answer arrived");
    state = data.change?.["state"];
  }

  await agent(`POST ${path}/messages`, {
    body: "Así es por dentro",
    media: ["https://example.com/sala.jpg"],
  });
  await system.until(async () => {
    const { messages } = await control(system, "messages?direction=outbound-api");
    return messages.some((one: { num_media: number }) => one.num_media === 1);
  });
  await agent(`PATCH ${path}/state`, { state: "closed" });
  expect(await feed.nextOf("closed")).toMatchObject({ data: { change: { by: `member:${laura.id}` } } });
  const bodies = await system.until(async () => {
    const sent = (await stage.accepted()).map((one) => one.body);
    return sent.length === 3 && sent;
  });
  expect(bodies).toEqual([
    "Sí, ¿le queda bien el jueves?",
    "Así es por dentro",
    expect.stringContaining("1 (mal)"),
  ]);
  await stage.says(phone, "Un 5, muchas gracias");
  expect(await feed.nextOf("csat")).toMatchObject({ data: { change: { score: 5 } } });
  expect(await ask(`GET ${path}`)).toMatchObject({ state: "closed", csat_score: 5, assignee_id: laura.id });
  expect(await stage.accepted()).toHaveLength(3);
  feed.leave();
});
