-- Asks for the addresses of a file in turn: REQUESTS names it. A first line that starts with `POST ` is followed by the body.
local paths, body = {}, nil
for line in io.lines(os.getenv("REQUESTS")) do
  paths[#paths + 1] = line
end
local headers = { ["Accept-Encoding"] = "gzip, deflate, br, zstd", ["Accept"] = "application/json, */*;q=0.5" }
local ready = {}
init = function()
  if paths[1]:sub(1, 5) == "POST " then
    headers["Content-Type"] = "application/json"
    ready[1] = wrk.format("POST", paths[1]:sub(6), headers, paths[2])
  else
    for i, path in ipairs(paths) do ready[i] = wrk.format("GET", path, headers) end
  end
end
local next = 0
request = function()
  next = next % #ready + 1
  return ready[next]
end
done = function(summary)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
