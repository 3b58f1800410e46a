import type { Recording } from "./callsModel.ts";

const RATE = 8_000;
const TONE = 220;
const QUIET = 128;
const LOUDNESS = 24;

/** 8-bit PCM of its length; a comment in it names the recording, so that a speech endpoint knows what is said. */
export function wavOf({ sid, duration, channels }: Recording): Buffer<ArrayBuffer> {
  const comment = Buffer.from(`INFOICMT\0\0\0\0${sid}`);
  comment.writeUInt32LE(sid.length, 8);
  const size = RATE * duration * channels;
  const head = Buffer.alloc(36);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + 8 + comment.length + 8 + size - 8, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * channels, 28);
  head.writeUInt16LE(channels, 32);
  head.writeUInt16LE(8, 34);
  const second = Buffer.from(
    Array.from({ length: RATE * channels }, (_, n) =>
      Math.round(QUIET + LOUDNESS * Math.sin((2 * Math.PI * TONE * Math.floor(n / channels)) / RATE)),
    ),
  );
  return Buffer.concat([
    head,
    chunk("LIST", comment.length),
    comment,
    chunk("data", size),
    ...Array.from({ length: duration }, () => second),
  ]);
}

function chunk(name: string, size: number): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 0);
  head.writeUInt32LE(size, 4);
  return head;
}

/** Seconds and comment of a WAV; undefined where it is none. */
export function readWav(file: Buffer): { seconds: number; comment: string | null } | undefined {
  if (file.toString("latin1", 0, 4) !== "RIFF" || file.toString("latin1", 8, 12) !== "WAVE") return undefined;
  let bytesPerSecond = 0;
  let comment: string | null = null;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString("latin1", at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const start = at + 8;
    if (name === "fmt ") bytesPerSecond = file.readUInt32LE(start + 8);
    if (name === "LIST" && file.toString("latin1", start + 4, start + 8) === "ICMT")
      comment = file.toString("latin1", start + 12, start + 12 + file.readUInt32LE(start + 8));
    if (name === "data") return { seconds: size / bytesPerSecond, comment };
    at = start + size + (size % 2);
  }
  return undefined;
}
