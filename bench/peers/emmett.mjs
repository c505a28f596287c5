// Emmett's PostgreSQL event store under many writers, each appending one event at a time to its own streams.
// Asked in lines of JSON on standard input: {"do": "run", "seconds": 4}; answers in lines of JSON.

import { createInterface } from "node:readline";
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql";
import pg from "pg";

const [connectionString, writers, stateBytes] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const EVENTS_A_STREAM = 180;
const text = "x".repeat(stateBytes);
const pool = new pg.Pool({ connectionString, max: Number(process.argv[5] ?? writers) });
const store = getPostgreSQLEventStore(connectionString, { connectionOptions: { pool } });
await store.schema.migrate();

const sent = new Array(writers).fill(0);

async function run(seconds) {
  const began = performance.now();
  const until = began + seconds * 1000;
  let recorded = 0;
  async function write(writer) {
    while (performance.now() < until) {
      const number = sent[writer]++;
      const stream = `round-${writer}-${Math.floor(number / EVENTS_A_STREAM)}`;
      const expectedStreamVersion = BigInt(number % EVENTS_A_STREAM);
      await store.appendToStream(stream, [{ type: "StatementMade", data: { text } }], { expectedStreamVersion });
      recorded += 1;
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return { recorded, seconds: (performance.now() - began) / 1000 };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(line).seconds))}\n`);
}
await store.close();
await pool.end();
