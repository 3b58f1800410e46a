import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHUNK_BYTES } from "../../db/importFiles.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

type Answer = Awaited<ReturnType<Workspace["ask"]>>["body"];
type Workspace = Awaited<ReturnType<TestApi["workspace"]>>;

async function post(workspace: Workspace, body: string | Buffer | FormData, query = "", headers = {}) {
  const response = await api.app.request(`/v1/imports?${query}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${workspace.key}`,
      ...(body instanceof FormData ? {} : { "content-type": "text/csv" }),
      ...headers,
    },
    body,
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

const FILE = "Nombre;Celular;Correo;Autoriza SMS\nPaola;3105550001;p@example.com;sí\n";

describe("POST /v1/imports", () => {
  test("takes a body, says how it reads it, and owes the workflow", async () => {
    const workspace = await api.workspace({ default_region: "CO" });
    const { status, body } = await post(workspace, FILE, "file_name=fair.csv&list_name=Fair");
    expect(status).toBe(202);
    expect(body).toMatchObject({
      state: "queued",
      file_name: "fair.csv",
      default_region: "CO",
      consent: { channels: ["sms"], purpose: "marketing", source: "import", method: "file" },
      detected: {
        encoding: "utf-8",
        delimiter: ";",
        columns: [
          { header: "Nombre", field: "name" },
          { header: "Celular", field: "phone" },
          { header: "Correo", field: "email" },
          { header: "Autoriza SMS", field: "consent" },
        ],
      },
      counts: { rows: 0, people: 0 },
    });
    const owed = await api.database.db
      .selectFrom("temporal_outbox")
      .select("workflow_id")
      .where("workspace_id", "=", workspace.id)
      .execute();
    expect(owed).toEqual([{ workflow_id: `import:${body.id}` }]);
    const { body: lists } = await workspace.ask("GET /v1/contact-lists");
    expect(lists.data.map(({ id, name }: { id: string; name: string }) => [id, name])).toEqual([
      [body.list_id, "Fair"],
    ]);
  });

  test("takes a form, whose fields are the options", async () => {
    const workspace = await api.workspace();
    const form = new FormData();
    form.set("dry_run", "true");
    form.set("file", new File([FILE], "gente.csv", { type: "text/csv" }));
    form.set("mapping", JSON.stringify({ Nombre: "ignore" }));
    form.set("default_region", "co");
    const { status, body } = await post(workspace, form);
    expect(status, JSON.stringify(body)).toBe(202);
    expect(body).toMatchObject({
      dry_run: true,
      file_name: "gente.csv",
      default_region: "CO",
      list_id: null,
    });
    expect(body.detected.columns[0]).toEqual({ header: "Nombre", field: "ignore" });
  });

  test("keeps a large file in pieces, whole", async () => {
    const workspace = await api.workspace();
    const file = Buffer.from(`phone,note\n${`+573105550001,${"ñ".repeat(500)}\n`.repeat(3_000)}`);
    const { body } = await post(workspace, file);
    const chunks = await api.database.db
      .selectFrom("import_chunks")
      .select("bytes")
      .where("import_id", "=", body.id)
      .orderBy("seq")
      .execute();
    expect(chunks.slice(0, -1).every(({ bytes }) => bytes.length === CHUNK_BYTES)).toBe(true);
    expect(Buffer.concat(chunks.map(({ bytes }) => bytes)).equals(file)).toBe(true);
  });

  test("answers the same key and file once, and refuses the key for another file", async () => {
    const workspace = await api.workspace();
    const headers = { "idempotency-key": "import-1" };
    const first = await post(workspace, FILE, "", headers);
    const second = await post(workspace, FILE, "", headers);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
    expect((await post(workspace, `${FILE}Luis;3105550002;;\n`, "", headers)).body.code).toBe(
      "idempotency_mismatch",
    );
    expect((await workspace.ask("GET /v1/imports")).body.data.map(({ id }: { id: string }) => id)).toEqual([
      first.body.id,
    ]);
  });

  test.each([
    ["an empty file", "", "", "file"],
    ["a file without headers", "Paola;3105550001\n", "", "file"],
    ["a file that names nobody", "nombre;ciudad\nPaola;Cali\n", "", "mapping"],
    ["a mapping to a column that is not there", FILE, "mapping=%7B%22Tel%22%3A%22phone%22%7D", "mapping.Tel"],
    ["a mapping that is no JSON", FILE, "mapping=tel", "mapping"],
    ["an unknown region", FILE, "default_region=XX", "default_region"],
    ["a list that is not there", FILE, "list_id=0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20", "list_id"],
  ])("refuses %s by its field, and keeps nothing", async (_, file, query, field) => {
    const workspace = await api.workspace();
    const { status, body } = await post(workspace, file, query);
    expect([status, body.field]).toEqual([expect.toBeOneOf([400, 422]), expect.stringContaining(field)]);
    expect((await workspace.ask("GET /v1/imports")).body.data).toEqual([]);
  });

  test("says of JSON that came as text what is wrong in it", async () => {
    const workspace = await api.workspace({ default_region: "CO" });
    const none = "must be a JSON object as text";
    for (const [consent, field, what] of [
      ["8", "consent", none],
      ["[]", "consent", none],
      ["{", "consent", none],
      ['{"channels":["fax"]}', "consent.channels[0]", "Invalid option"],
      ['{"chanels":["sms"]}', "consent.chanels", "Unrecognized key"],
    ] as const) {
      const { status, body } = await post(workspace, FILE, `consent=${encodeURIComponent(consent)}`);
      expect([status, body.field]).toEqual([422, field]);
      expect(body.detail).toContain(what);
    }
  });

  test("refuses what is neither a CSV nor a form", async () => {
    const workspace = await api.workspace();
    const { status, body } = await post(workspace, "{}", "", { "content-type": "application/json" });
    expect([status, body.code]).toEqual([415, "unsupported"]);
    expect((await post(workspace, "x", "", { "content-type": "multipart/form-data" })).body.code).toBe(
      "validation",
    );
    expect(
      (await post(workspace, "x", "", { "content-type": "multipart/form-data; boundary=b" })).body.code,
    ).toBe("validation");
  });
});

describe("an import that is there", () => {
  test("is cancelled once", async () => {
    const workspace = await api.workspace();
    const { body } = await post(workspace, FILE);
    expect((await workspace.ask(`POST /v1/imports/${body.id}/cancel`)).body.state).toBe("cancelled");
    expect((await workspace.ask(`POST /v1/imports/${body.id}/cancel`)).body.code).toBe("state_conflict");
  });

  test("is not there for another workspace", async () => {
    const [mine, other] = [await api.workspace(), await api.workspace()];
    const { body } = await post(mine, FILE);
    for (const path of ["", "/rejects", "/rejects.csv"])
      expect((await other.ask(`GET /v1/imports/${body.id}${path}`)).status).toBe(404);
    expect((await other.ask(`POST /v1/imports/${body.id}/cancel`)).status).toBe(404);
  });

  test("gives its rejects by page, and as a CSV that no spreadsheet runs", async () => {
    const workspace = await api.workspace();
    const { body } = await post(workspace, "Celular;=Nota\n1;x\n");
    const cells = [
      ["12", "=1+1"],
      ["+57", "@x"],
      ["34", 'dijo "ya"\nhoy'],
    ];
    await api.database.db
      .insertInto("import_rejects")
      .values(
        cells.map((row, n) => ({
          workspace_id: workspace.id,
          import_id: body.id,
          line: n + 2,
          column_name: "Celular",
          reason: "too_short",
          cells: JSON.stringify(row),
        })),
      )
      .execute();
    const first = await workspace.ask(`GET /v1/imports/${body.id}/rejects?limit=2`);
    expect(first.body.data[0]).toEqual({
      line: 2,
      column: "Celular",
      reason: "too_short",
      cells: ["12", "=1+1"],
    });
    const second = await workspace.ask(
      `GET /v1/imports/${body.id}/rejects?limit=2&cursor=${first.body.next_cursor}`,
    );
    expect(
      [first, second].flatMap(({ body: page }) => page.data.map(({ line }: { line: number }) => line)),
    ).toEqual([2, 3, 4]);
    const csv = await workspace.ask(`GET /v1/imports/${body.id}/rejects.csv`);
    expect(csv.headers.get("content-disposition")).toContain("attachment");
    expect(csv.body.replace("\ufeff", "")).toBe(
      "line,column,reason,Celular,'=Nota\r\n" +
        "2,Celular,too_short,12,'=1+1\r\n" +
        "3,Celular,too_short,'+57,'@x\r\n" +
        '4,Celular,too_short,34,"dijo ""ya""\nhoy"\r\n',
    );
  });
});
