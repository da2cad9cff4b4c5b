import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KINDS, cells, measure, number, series } from './figures.mjs'

const stats = (median) => ({ median, p10: median, p90: median, min: median, max: median })
const row = (scenario, contender, nanos, bytes = 0) => ({ scenario, contender, nanosPerOperation: stats(nanos), bytesPerOperation: stats(bytes), rounds: 5 })
const run = (...rows) => ({ bench: 'pool', rows })

test('a_peer_that_is_faster_than_Weir_has_a_colour_of_its_own', () => {
  const all = cells(run(row('a', 'Weir', 10), row('a', 'Weir, coarse clock', 5), row('a', 'Quick', 9), row('a', 'Slow', 11), row('a', 'direct call', 1)))
  assert.deepEqual(all.map(({ kind }) => kind), [KINDS.weir, KINDS.variant, KINDS.faster, KINDS.slower, KINDS.bare])
  assert.deepEqual(all.filter(({ peer }) => peer).map(({ ratio }) => ratio), [0.9, 1.1])
})

test('what_is_kept_is_compared_by_its_bytes', () => {
  const [weir, peer] = cells(run(row('heap of a key', 'Weir', 900, 40), row('heap of a key', 'Peer', 100, 160)))
  assert.deepEqual([weir.unit, weir.median, peer.ratio, peer.kind], ['B', 40, 4, KINDS.slower])
})

test('a_cell_that_failed_says_so_and_has_no_ratio', () => {
  const [, failed] = cells(run(row('a', 'Weir', 10), { ...row('a', 'Peer', null), failure: 'out of time' }))
  assert.deepEqual([failed.label, failed.ratio], ['out of time', null])
})

test('scenarios_that_differ_in_one_number_are_a_series_from_three_on', () => {
  const some = ['1 thread', '8 threads', '64 threads'].map((threads) => row(`hot key, ${threads}`, 'Weir', 10))
  const pairs = ['1:1', '4:4', '100:100'].map((each) => row(`platform ${each}, capacity 16`, 'Weir', 10))
  const found = series(cells(run(...some, ...pairs, row('no-op, 8 at once', 'Weir', 1), row('no-op, 64 at once', 'Weir', 1))))
  assert.deepEqual([...found].map(([name, points]) => [name, points.map(({ at }) => at)]), [
    ['hot key, n threads', [1, 8, 64]],
    ['platform n:n, capacity 16', [1, 4, 100]],
  ])
})

test('numbers_are_written_as_in_the_tables', () => {
  assert.deepEqual([null, 0, 999.94, 1827.4].map(number), ['-', '0.0', '999.9', '1,827'])
})

test('labels_have_three_digits_and_a_unit', () => {
  const labels = [['ns', 0.72], ['ns', 316.46], ['ns', 41005.8], ['ns', 1_552_065], ['B', 4281.2]].map(([unit, value]) => measure(value, unit))
  assert.deepEqual(labels, ['0.72 ns', '316 ns', '41 µs', '1.55 ms', '4,281 B'])
})
