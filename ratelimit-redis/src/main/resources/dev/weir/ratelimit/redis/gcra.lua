-- A token bucket in GCRA form, in whole units and the server's time.
--
-- KEYS[1]: the bucket. ARGV: operation, N, P, B, G, numbers of permits.
--   N units grow in a microsecond, a permit is P units, the burst is B permits, B*P <= 2^52; G is the rate's generation.
-- Value: "full rest depth N P B G": when it was written, depth*N + rest units were missing, and it is full depth us
--   (and rest/N) later, at full. A bucket that is full has no key.
-- Answer: what the operation answers, then the permits that are left, the us until it is full, and the server's time.
--
-- All numbers are integers below 2^53, which doubles hold exactly; they are written with %.0f, as tostring keeps 14 digits.
local floor, fmod, max, min = math.floor, math.fmod, math.max, math.min
local op, key = ARGV[1], KEYS[1]
local N, P, B, G = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- The quotient rounded down, and the rest. A division rounds, so that floor(a / b) may be one too high; fmod is exact.
local function divide(a, b)
  local rest = fmod(a, b)
  if rest < 0 then rest = rest + b end
  return (a - rest) / b, rest
end

local function divideUp(a, b)
  local whole, rest = divide(a, b)
  if rest > 0 then return whole + 1 end
  return whole
end

-- What is missing never makes the time at which it is full exceed 2^53 us, nor itself 2^53 units.
local function bounded(missing)
  if N == 1 then return min(missing, 6000000000000000) end
  return min(missing, 9007199254740992)
end

local missing, dirty = 0, false
local value = redis.call('GET', key)
if value then
  local full, rest, depth, n, p, b, g = string.match(value, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$')
  rest, depth = tonumber(rest), tonumber(depth)
  n, p, b, g = tonumber(n), tonumber(p), tonumber(b), tonumber(g)
  local left = full - now
  if left > depth then
    -- The clock has gone back behind the write: the time stood still. Written also if the request is refused, or the
    -- bucket would stay as it is until the clock has caught up.
    left, dirty = depth, true
  end
  missing = max(left * n + rest, 0)
  if G < g then
    N, P, B, G = n, p, b, g
  elseif n ~= N or p ~= P or b ~= B then
    -- Another rate: the permits stay as far as there is room, rounded down, and grow at this rate from now on.
    local whole, part = divide(b * p - missing, p)
    local units = whole * P
    if part > 0 then units = units + max(floor(part / p * P) - 1, 0) end
    missing = bounded(max(B * P - units, 0))
    if whole >= B then missing = 0 end
    dirty = true
  elseif G > g then
    dirty = true
  end
end

local cap = B * P
local before = missing
local answer = {}

local function waits(permits)
  if permits > B then return -1 end
  return max(divideUp(max(missing + permits * P - cap, 0), N), 0)
end

if op == 'take' or op == 'line' then
  local refused = false
  for i = 6, #ARGV do
    local permits = tonumber(ARGV[i])
    local wait = waits(permits)
    if wait == 0 and not (refused and op == 'line') then
      missing = missing + permits * P
    else
      refused = true
      if wait == 0 then wait = 1 end
    end
    answer[#answer + 1] = wait
  end
elseif op == 'upto' then
  local there = max(divide(cap - missing, P), 0)
  local taken = min(tonumber(ARGV[6]), there)
  missing = missing + taken * P
  answer[1] = taken
elseif op == 'peek' then
  answer[1] = waits(tonumber(ARGV[6]))
elseif op == 'refund' then
  missing = max(missing - tonumber(ARGV[6]) * P, 0)
elseif op == 'charge' then
  missing = bounded(missing + tonumber(ARGV[6]) * P)
end

local depth, rest = divide(missing, N)
if missing ~= before or dirty then
  if missing <= 0 then
    redis.call('DEL', key)
  else
    redis.call('SET', key, string.format('%.0f %.0f %.0f %.0f %.0f %.0f %.0f', now + depth, rest, depth, N, P, B, G),
      'PX', string.format('%.0f', divideUp(depth + 1, 1000) + 1))
  end
end

local left = max(divide(cap - missing, P), 0)
answer[#answer + 1] = left
answer[#answer + 1] = rest > 0 and depth + 1 or depth
answer[#answer + 1] = now
return answer
