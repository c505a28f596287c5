// Load over HTTP by autocannon: load.mjs get|post ADDRESS SOURCE CONNECTIONS SECONDS TIMEOUT_S, answered in a line of JSON.
// get: SOURCE has a path a line. post: a folder, in which each connection has a file of requests, to be sent in order.

import { readFileSync } from "node:fs";
import autocannon from "autocannon";

const [what, url, source, connections, duration, timeout] = process.argv.slice(2);

function requestsOf(file) {
  const bytes = readFileSync(file);
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf("\n", at);
    const end = lineEnd + 1 + Number(bytes.subarray(at, lineEnd));
    const headEnd = bytes.indexOf("\r\n\r\n", lineEnd);
    const [line, ...fields] = bytes.subarray(lineEnd + 1, headEnd).toString("latin1").split("\r\n");
    const [method, path] = line.split(" ");
    const headers = Object.fromEntries(fields.map((field) => field.split(": ")));
    delete headers["Content-Length"];
    found.push({ method, path, headers, body: bytes.subarray(headEnd + 4, end) });
    at = end;
  }
  return found;
}

const clients = [];
let refused = 0;

function setUp(client) {
  const requests = what === "post" ? requestsOf(`${source}/${clients.length}`) : [];
  if (what === "post") client.setRequests(requests);
  client.on("response", (status) => { refused += status >= 400; });
  clients.push({ client, most: requests.length });
}

const numbers = { connections: Number(connections), duration: Number(duration), timeout: Number(timeout) };
const options = { url, ...numbers, setupClient: setUp };
if (what === "get") {
  options.requests = readFileSync(source, "ascii").trim().split("\n").map((path) => ({ method: "GET", path }));
}
const { requests, latency, errors, ...result } = await autocannon(options);
console.log(JSON.stringify({
  requests: requests.total,
  seconds: result.duration,
  p50_s: latency.p50 / 1000,
  p99_s: latency.p99 / 1000,
  refused,
  broken: errors,
  ended: what === "post" ? clients.filter(({ client, most }) => client.reqsMade >= most).length : 0,
  sent: what === "post" ? clients.map(({ client }) => client.reqsMade) : [],
}));
