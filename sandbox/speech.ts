import { Hono } from "hono";
import type { Sandbox } from "./sandbox.ts";
import { linesOf } from "./twilio/callsModel.ts";
import { readWav } from "./twilio/recordingsWav.ts";

/**
 * POST /v1/audio/transcriptions as OpenAI and the servers that speak its language answer it. What is said stands in the
 * script of the call whose recording the file is; any other WAV is silence.
 * Source: https://platform.openai.com/docs/api-reference/audio/createTranscription
 */
export function speechRoutes(sandbox: Sandbox): Hono {
  const { state } = sandbox;
  const app = new Hono();
  app.post("/audio/transcriptions", async (c) => {
    if (!/^Bearer \S+$/.test(c.req.header("authorization") ?? ""))
      return c.json(problem("Incorrect API key provided", "invalid_api_key"), 401);
    const form = await c.req.parseBody();
    const { file, model, response_format = "json" } = form;
    if (!(file instanceof File) || typeof model !== "string" || model === "")
      return c.json(problem("file and model are needed", "missing_required_parameter"), 400);
    const read = readWav(Buffer.from(await file.arrayBuffer()));
    if (read === undefined) return c.json(problem("Invalid file format", "invalid_value"), 400);
    const recording = state.recordings.get(read.comment ?? "");
    const call = state.calls.get(recording?.call_sid ?? "");
    const lines = recording && call ? linesOf(call, recording) : [];
    if (recording) sandbox.record({ k: "recording", v: { ...recording, heard: recording.heard + 1 } });
    const text = lines.map((line) => line.text).join(" ");
    if (response_format !== "verbose_json") return c.json({ text });
    return c.json({
      task: "transcribe",
      language: { es: "spanish", en: "english", pt: "portuguese" }[call?.asked.language ?? "en"],
      duration: read.seconds,
      text,
      segments: lines.map(({ start, end, text: said }, id) => ({
        id,
        seek: 0,
        start,
        end,
        text: ` ${said}`,
        tokens: [],
        temperature: 0,
        avg_logprob: -0.1,
        compression_ratio: 1.2,
        no_speech_prob: 0.01,
      })),
    });
  });
  return app;
}

const problem = (message: string, code: string) => ({
  error: { message, type: "invalid_request_error", param: null, code },
});
