import { expect, test } from "vitest";
import { ByteCache } from "./byteCache.ts";

function counted(most: number) {
  const cache = new ByteCache<string>(most);
  const loads: string[] = [];
  const get = (key: string, bytes = 4) =>
    cache.get(key, () => {
      loads.push(key);
      return Promise.resolve({ value: key.toUpperCase(), bytes });
    });
  return { get, loads };
}

test("ByteCache · loads what is asked for at the same time once", async () => {
  const { get, loads } = counted(10);
  expect(await Promise.all([get("a"), get("a")])).toEqual(["A", "A"]);
  expect(await get("a")).toBe("A");
  expect(loads).toEqual(["a"]);
});

test("ByteCache · gives up what was used longest ago when all have too many bytes", async () => {
  const { get, loads } = counted(10);
  for (const key of ["a", "b", "a", "c", "a", "c", "b"]) await get(key);
  expect(loads).toEqual(["a", "b", "c", "b"]);
});

test("ByteCache · keeps the latest even where it alone is larger, and nothing beside it", async () => {
  const { get, loads } = counted(10);
  await get("a");
  await get("b", 100);
  await get("b", 100);
  await get("a");
  await get("b", 100);
  expect(loads).toEqual(["a", "b", "a", "b"]);
});

test("ByteCache · asks again for what could not be loaded", async () => {
  const cache = new ByteCache<string>(10);
  await expect(cache.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await cache.get("a", () => Promise.resolve({ value: "A", bytes: 1 }))).toBe("A");
});
