-- Each thread has one connection and a file of requests of its own, which it sends in their order.
-- A file is a list of: the length of a request in decimal digits, a line feed, the request.

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  -- wrk asks the first thread for a request once before all begins, to see what it is like, and does not send it.
  requests, sent, ended = {}, number == 0 and -1 or 0, 0
  local file = assert(io.open(args[1] .. "/" .. number, "rb"))
  while true do
    local length = file:read("*l")
    if length == nil then break end
    table.insert(requests, file:read(tonumber(length)))
  end
  file:close()
end

function request()
  if sent == #requests then
    ended = 1
    wrk.thread:stop()
    return requests[sent]
  end
  sent = sent + 1
  return requests[math.max(sent, 1)]
end

function done(summary, latency, _)
  local ended, sent = 0, {}
  for _, thread in ipairs(threads) do
    ended = ended + thread:get("ended")
    table.insert(sent, thread:get("sent"))
  end
  print(string.format(
    '{"requests":%d,"seconds":%f,"p50_s":%f,"p99_s":%f,"refused":%d,"broken":%d,"ended":%d,"sent":[%s]}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.timeout, ended, table.concat(sent, ",")))
end
