import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const CHUNK = 1 << 20;
const LINE_FEED = 10;

/**
 * An append-only file of JSON lines. A line that was handed to the kernel survives the death of this
 * process, so an answer waits for `written`, not for fsync. Without a path nothing is kept.
 */
export class Journal {
  readonly #fd: number | undefined;
  #lines: string[] = [];
  #waiting: (() => void)[] = [];
  #scheduled = false;
  #end = 0;
  #closed = false;

  constructor(path?: string) {
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    this.#fd = openSync(path, existsSync(path) ? "r+" : "w+");
  }

  /**
   * Reads every whole line and cuts off a last one that a death left half written; appending goes on from there.
   * @throws SyntaxError for a whole line that is not JSON: such a file was not written by this program
   */
  replay(apply: (entry: unknown) => void): void {
    if (this.#fd === undefined) return;
    const buffer = Buffer.alloc(CHUNK);
    let rest: Buffer = Buffer.alloc(0);
    let position = 0;
    for (let read = this.#read(buffer, 0); read > 0; read = this.#read(buffer, position)) {
      position += read;
      const bytes = Buffer.concat([rest, buffer.subarray(0, read)]);
      let start = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
        apply(JSON.parse(bytes.toString("utf8", start, end)));
        start = end + 1;
      }
      rest = Buffer.from(bytes.subarray(start));
    }
    this.#end = position - rest.length;
    ftruncateSync(this.#fd, this.#end);
  }

  #read(buffer: Buffer, position: number): number {
    return readSync(this.#fd as number, buffer, 0, CHUNK, position);
  }

  append(entry: unknown): void {
    if (this.#fd === undefined || this.#closed) return;
    this.#lines.push(JSON.stringify(entry));
    this.#schedule();
  }

  /**
   * Calls back once everything appended so far is in the file. All of one turn of the loop share a write; answering
   * them together is cheaper even where there is no file.
   */
  written(callback: () => void): void {
    this.#waiting.push(callback);
    this.#schedule();
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#fd !== undefined && this.#lines.length > 0) this.#write(this.#fd);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }

  #write(fd: number): void {
    const bytes = Buffer.from(`${this.#lines.join("\n")}\n`);
    this.#lines = [];
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(fd, bytes, done, bytes.length - done, this.#end + done);
    }
    this.#end += bytes.length;
  }

  /** Forgets everything, as after a reset. */
  empty(): void {
    this.#lines = [];
    if (this.#fd === undefined) return;
    ftruncateSync(this.#fd, 0);
    this.#end = 0;
    this.flush();
  }

  close(): void {
    this.flush();
    this.#closed = true;
    if (this.#fd !== undefined) closeSync(this.#fd);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }
}
