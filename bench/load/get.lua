-- One thread, its connections in turn; the file has a path a line, which are asked for in turn.

function init(args)
  requests, sent = {}, 0
  for path in io.lines(args[1]) do
    table.insert(requests, wrk.format("GET", path))
  end
end

function request()
  sent = sent % #requests + 1
  return requests[sent]
end

function done(summary, latency, _)
  print(string.format(
    '{"requests":%d,"seconds":%f,"p50_s":%f,"p99_s":%f,"refused":%d,"broken":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.timeout))
end
