-- Token buckets in GCRA form, in whole units and the server's time. What is taken is taken from all keys or from none.
--
-- KEYS: the buckets, nearly always one. ARGV: operation, then N, P, B, G of each bucket, then numbers of permits.
--   N units grow in a microsecond, a permit is P units, the burst is B permits, B*P <= 2^52; G is the rate's generation.
-- Value: "full rest depth N P B G": when it was written, depth*N + rest units were missing, and it is full depth us
--   (and rest/N) later, at full. A bucket that is full has no key.
-- Answer: what the operation answers, then the permits that are left, the us until all are full, and the server's time.
--
-- All numbers are integers below 2^53, which doubles hold exactly; they are written with %.0f, as tostring keeps 14 digits.
local floor, fmod, max, min = math.floor, math.fmod, math.max, math.min
local op = ARGV[1]
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
local function bounded(missing, N)
  if N == 1 then return min(missing, 6000000000000000) end
  return min(missing, 9007199254740992)
end

local buckets = {}
for i = 1, #KEYS do
  local N, P, B, G = tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i]), tonumber(ARGV[4 * i + 1])
  -- The numbers of the rate as they are stored: nearly always those that are asked for, and then compared as one.
  local rate = ARGV[4 * i - 2] .. ' ' .. ARGV[4 * i - 1] .. ' ' .. ARGV[4 * i] .. ' ' .. ARGV[4 * i + 1]
  local missing, dirty = 0, false
  local value = redis.call('GET', KEYS[i])
  if value then
    local full, rest, depth, stored = string.match(value, '^(%d+) (%d+) (%d+) (.+)$')
    local n, p, b, g
    if stored == rate then
      n, p, b, g = N, P, B, G
    elseif stored then
      n, p, b, g = string.match(stored, '^(%d+) (%d+) (%d+) (%d+)$')
      n, p, b, g = tonumber(n), tonumber(p), tonumber(b), tonumber(g)
    end
    if not g then return redis.error_reply('WRONGVALUE the key holds what is not a bucket: ' .. KEYS[i]) end
    rest, depth = tonumber(rest), tonumber(depth)
    local left = full - now
    if left > depth then
      -- The clock has gone back behind the write: the time stood still. Written also if the request is refused, or the
      -- bucket would stay as it is until the clock has caught up.
      left, dirty = depth, true
    end
    missing = max(left * n + rest, 0)
    if G < g then
      N, P, B, G, rate = n, p, b, g, stored
    elseif n ~= N or p ~= P or b ~= B then
      -- Another rate: the permits stay as far as there is room, rounded down, and grow at this rate from now on.
      local whole, part = divide(b * p - missing, p)
      local units = whole * P
      if part > 0 then units = units + max(floor(part / p * P) - 1, 0) end
      missing = bounded(max(B * P - units, 0), N)
      if whole >= B then missing = 0 end
      dirty = true
    elseif G > g then
      dirty = true
    end
  end
  buckets[i] = {N = N, P = P, B = B, rate = rate, missing = missing, before = missing, dirty = dirty}
end

local function waits(permits)
  local longest = 0
  for i = 1, #buckets do
    local bucket = buckets[i]
    if permits > bucket.B then return -1 end
    local over = bucket.missing + permits * bucket.P - bucket.B * bucket.P
    if over > 0 then longest = max(longest, divideUp(over, bucket.N)) end
  end
  return longest
end

local function take(permits)
  for i = 1, #buckets do
    local bucket = buckets[i]
    bucket.missing = bucket.missing + permits * bucket.P
  end
end

local function there()
  local least
  for _, bucket in ipairs(buckets) do
    local whole = max(divide(bucket.B * bucket.P - bucket.missing, bucket.P), 0)
    if not least or whole < least then least = whole end
  end
  return least
end

local answer = {}
local first = 4 * #KEYS + 2

if op == 'take' or op == 'line' then
  local refused = false
  for i = first + 1, #ARGV do
    local permits = tonumber(ARGV[i])
    local wait = waits(permits)
    if wait == 0 and not (refused and op == 'line') then
      take(permits)
    else
      refused = true
      if wait == 0 then wait = 1 end
    end
    answer[#answer + 1] = wait
  end
  local ahead = tonumber(ARGV[first])
  if ahead > 0 then
    if refused then ahead = 0 else ahead = min(ahead, there()) end
    take(ahead)
    answer[#answer + 1] = ahead
  end
elseif op == 'upto' then
  local taken = min(tonumber(ARGV[first]), there())
  take(taken)
  answer[1] = taken
elseif op == 'peek' then
  answer[1] = waits(tonumber(ARGV[first]))
elseif op == 'refund' then
  for _, bucket in ipairs(buckets) do
    bucket.missing = max(bucket.missing - tonumber(ARGV[first]) * bucket.P, 0)
  end
elseif op == 'charge' then
  for _, bucket in ipairs(buckets) do
    bucket.missing = bounded(bucket.missing + tonumber(ARGV[first]) * bucket.P, bucket.N)
  end
end

local reset = 0
for i, key in ipairs(KEYS) do
  local bucket = buckets[i]
  local N, P, missing, before, dirty = bucket.N, bucket.P, bucket.missing, bucket.before, bucket.dirty
  local depth, rest = divide(missing, N)
  if missing ~= before or dirty then
    if missing <= 0 then
      redis.call('DEL', key)
    else
      redis.call('SET', key,
        string.format('%.0f %.0f %.0f ', now + depth, rest, depth) .. bucket.rate,
        'PX', string.format('%.0f', divideUp(depth + 1, 1000) + 1))
    end
  end
  reset = max(reset, rest > 0 and depth + 1 or depth)
end

answer[#answer + 1] = there()
answer[#answer + 1] = reset
answer[#answer + 1] = now
return answer
