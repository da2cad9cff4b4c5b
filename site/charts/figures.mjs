// What a run of the benchmarks wrote, as cells of a chart.

/** Measured for scale, not peers: the least that an operation can cost. */
const BARE = new Set(['PING', 'EVALSHA return 1', 'System.nanoTime', 'System.nanoTime()', 'direct call'])
const WEIR = 'Weir'

/** What a contender is to the reader: the colours of the charts. */
export const KINDS = {
  weir: 'Weir',
  variant: 'Weir, other setting',
  slower: 'peer',
  faster: 'peer that beats Weir',
  bare: 'bare call',
}

function measured(row) {
  const bytes = /^(heap|memory) of /.test(row.scenario)
  const stats = bytes ? row.bytesPerOperation : row.nanosPerOperation
  return { unit: bytes ? 'B' : 'ns', stats: { median: stats.median, low: stats.p10, high: stats.p90 } }
}

/** As in the tables. */
export function number(value) {
  if (value === null) return '-'
  const digits = value < 1000 ? 1 : 0
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** The cells of a run, in the order of its table. Median, low and high are null in a cell that was not measured. */
export function cells(run) {
  const weirs = new Map(run.rows.filter((row) => row.contender === WEIR).map((row) => [row.scenario, measured(row).stats.median]))
  return run.rows.map((row) => {
    const { unit, stats } = measured(row)
    const weir = weirs.get(row.scenario) ?? null
    const own = row.contender === WEIR || row.contender.startsWith(`${WEIR}, `)
    const beaten = stats.median !== null && weir !== null && stats.median < weir
    let kind = beaten ? 'faster' : 'slower'
    if (own) kind = row.contender === WEIR ? 'weir' : 'variant'
    if (BARE.has(row.contender)) kind = 'bare'
    return {
      bench: run.bench,
      scenario: row.scenario,
      contender: row.contender,
      kind: KINDS[kind],
      peer: !own && kind !== 'bare',
      unit,
      ...stats,
      rounds: row.rounds,
      ratio: stats.median !== null && weir > 0 ? stats.median / weir : null,
      label: row.failure ?? (stats.median === null ? '-' : measure(stats.median, unit)),
    }
  })
}

/** With its unit, to three digits. */
export function measure(value, unit) {
  const [size, name] = unit === 'ns' && value >= 1e6 ? [value / 1e6, 'ms'] : unit === 'ns' && value >= 1e3 ? [value / 1e3, 'µs'] : [value, unit]
  return `${size.toLocaleString('en-US', size < 1000 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 })} ${name}`
}

/** Cells by a key, in the order in which the keys were first seen. */
export function grouped(items, key) {
  const groups = new Map()
  for (const item of items) {
    const name = key(item)
    groups.set(name, [...(groups.get(name) ?? []), item])
  }
  return groups
}

const NUMBER = /\d+(?:,\d{3})*(?::\d+(?:,\d{3})*)?/g

/** Scenarios that differ in one number only, three of them at least: how cost grows with it. */
export function series(all) {
  const found = new Map()
  for (const cell of all.filter(({ median }) => median > 0)) {
    for (const match of cell.scenario.matchAll(NUMBER)) {
      const rest = cell.scenario.slice(match.index + match[0].length)
      const name = `${cell.scenario.slice(0, match.index)}n${match[0].includes(':') ? ':n' : ''}${rest.replace(/^( thread)\b/, '$1s')}`
      const at = Number(match[0].split(':')[0].replaceAll(',', ''))
      found.set(name, [...(found.get(name) ?? []), { ...cell, at }])
    }
  }
  return new Map([...found].filter(([, points]) => new Set(points.map(({ at }) => at)).size >= 3))
}
