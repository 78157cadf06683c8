-- Asks for the addresses of a file in turn, at a fixed rate: DELAY milliseconds between the requests of a connection.
local paths = {}
for line in io.lines(os.getenv("REQUESTS")) do paths[#paths + 1] = line end
local headers = { ["Accept-Encoding"] = "gzip, deflate, br, zstd" }
local next = 0
request = function()
  next = next % #paths + 1
  return wrk.format("GET", paths[next], headers)
end
local pause = tonumber(os.getenv("DELAY"))
delay = function() return pause end
done = function(summary)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
