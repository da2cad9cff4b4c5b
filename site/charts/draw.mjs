// Draws the charts by Vega-Lite: medians with their spread, on a logarithmic scale, in colours for light and dark.
import * as vega from 'vega'
import { compile } from 'vega-lite'
import { KINDS, grouped, series } from './figures.mjs'

/** The room for the names of contenders. */
const LABELS = 180
const FONT = 'Helvetica, Arial, sans-serif'
/** Colours, and what stands for them where the reader prefers a dark scheme. */
const DARK = {
  '#ffffff': '#1b1b1f',
  '#1e293b': '#dfdfd6',
  '#475569': '#a8b1bf',
  '#e2e8f0': '#34363d',
  '#0f766e': '#5eead4',
  '#4bada5': '#2b9c90',
  '#64748b': '#94a3b8',
  '#c2410c': '#fb923c',
  '#cbd5e1': '#4b5563',
  '#7c3aed': '#c4b5fd',
  '#2563eb': '#93c5fd',
  '#be185d': '#f9a8d4',
  '#4d7c0f': '#bef264',
  '#a16207': '#fde047',
  '#0e7490': '#67e8f9',
  '#9f1239': '#fda4af',
}
const [PAPER, INK, FAINT, LINE, WEIR, VARIANT, PEER, LOST, BARE, ...OTHERS] = Object.keys(DARK)
const KIND_SCALE = { domain: Object.values(KINDS), range: [WEIR, VARIANT, PEER, LOST, BARE] }
const TIME = "datum.value >= 1e6 ? format(datum.value / 1e6, ',') + ' ms' : datum.value >= 1e3 ? format(datum.value / 1e3, ',') + ' µs' : datum.value + ' ns'"
const SIZE = "format(datum.value, ',') + ' B'"

const CONFIG = {
  background: PAPER,
  font: FONT,
  aria: false,
  view: { stroke: null },
  axis: { labelColor: FAINT, titleColor: FAINT, gridColor: LINE, domainColor: LINE, tickColor: LINE, labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal' },
  title: { color: INK, subtitleColor: FAINT, anchor: 'start', fontSize: 12, subtitleFontSize: 11, subtitlePadding: 6 },
  legend: { orient: 'top', title: null, labelColor: INK, labelFontSize: 11, labelLimit: 0, symbolSize: 70, symbolOpacity: 1, columnPadding: 14, gridAlign: 'each' },
}

// Without a canvas Vega takes a letter for 0.8 em wide; those of Helvetica are narrower.
vega.textMetrics.width = (item, text) => 0.56 * (item.fontSize ?? 11) * String(text ?? '').length

/** A logarithmic scale around these values, and its ticks: ones, twos and fives, or powers of ten where those are many. */
function logarithmic(values) {
  const positive = values.filter((value) => value > 0)
  const low = positive.length > 0 ? Math.min(...positive) / 1.3 : 0.1
  const high = positive.length > 0 ? Math.max(...positive) * 1.3 : 1
  const within = (steps) => {
    const ticks = []
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (const step of steps) ticks.push(Number(`${step}e${power}`))
    }
    return ticks.filter((tick) => tick >= low && tick <= high)
  }
  let ticks = [[1, 2, 5], [1]].map(within).find((some) => some.length <= 5) ?? within([1])
  while (ticks.length > 5) ticks = ticks.filter((_, index) => index % 2 === 0)
  return { low, scale: { type: 'log', domain: [low, high], nice: false }, ticks }
}

/** What has no place on a logarithmic scale stands at its left end. */
const placed = (value, low) => (value > 0 ? value : low)

function scenarioPanel(scenario, rows) {
  const { low, scale, ticks } = logarithmic(rows.flatMap((row) => [row.low, row.high]))
  const [{ unit }] = rows
  const values = rows.map((row) => ({ ...row, median: placed(row.median, low), low: placed(row.low, low), high: placed(row.high, low), measured: row.median !== null }))
  const color = { field: 'kind', type: 'nominal', scale: KIND_SCALE }
  const x = (field) => ({ field, type: 'quantitative', scale, axis: { values: ticks, title: null, labelExpr: unit === 'B' ? SIZE : TIME } })
  return {
    title: { text: scenario, frame: 'group', dx: -LABELS },
    data: { values },
    width: 210,
    height: { step: 17 },
    encoding: {
      y: {
        field: 'contender', type: 'nominal', sort: null,
        axis: { title: null, domain: false, ticks: false, labelLimit: LABELS, labelPadding: 8, labelColor: INK, labelFontWeight: { condition: { test: "datum.label == 'Weir'", value: 'bold' }, value: 'normal' } },
      },
    },
    layer: [
      { transform: [{ filter: 'datum.measured' }], mark: { type: 'rule', strokeWidth: 5, opacity: 0.4 }, encoding: { x: x('low'), x2: { field: 'high' }, color } },
      { transform: [{ filter: 'datum.measured' }], mark: { type: 'point', filled: true, size: 60, opacity: 1 }, encoding: { x: x('median'), color } },
      { mark: { type: 'text', align: 'right', fontSize: 11, color: INK }, encoding: { x: { value: 275 }, text: { field: 'label' } } },
    ],
  }
}

/** All cells of a run, a panel for each scenario. */
export function benchChart(run, cells) {
  const least = Math.min(...cells.map(({ rounds }) => rounds))
  const most = Math.max(...cells.map(({ rounds }) => rounds))
  const rounds = most === 1 ? 'one round' : `${least === most ? most : `${least} to ${most}`} rounds`
  return svg(`Benchmark ${run.bench}: ${KINDS.weir} beside its peers`, {
    title: { text: `${run.bench}: time of an operation, or bytes of what is kept; less is better`, subtitle: `Medians of ${rounds}, from the 10th to the 90th percentile, on a logarithmic scale of each panel. ${run.machine.split('. ')[0]}.`, fontSize: 15, offset: 8 },
    columns: 2,
    bounds: 'flush',
    spacing: { row: 62, column: LABELS + 100 },
    concat: [...grouped(cells, ({ scenario }) => scenario)].map(([scenario, rows]) => scenarioPanel(scenario, rows)),
  })
}

/** How cost grows with one number of the scenarios; undefined if none takes three values. */
export function growthChart(run, cells) {
  const found = [...series(cells)]
  if (found.length === 0) return undefined
  const contenders = [...new Set(found.flatMap(([, points]) => points.map(({ contender }) => contender)))]
  const others = [PEER, LOST, ...OTHERS]
  const range = contenders.map((name) => (name === 'Weir' ? WEIR : others[contenders.filter((other) => other !== 'Weir').indexOf(name) % others.length]))
  const color = { field: 'contender', type: 'nominal', scale: { domain: contenders, range }, legend: { columns: 5 } }
  const panel = ([name, points]) => {
    const vertical = logarithmic(points.flatMap(({ low, high }) => [low, high]))
    const x = { field: 'at', type: 'quantitative', scale: { type: 'log', nice: false, padding: 12 }, axis: { values: [...new Set(points.map(({ at }) => at))], title: 'n', grid: false, format: ',' } }
    const y = (field) => ({ field, type: 'quantitative', scale: vertical.scale, axis: { values: vertical.ticks, title: null, labelExpr: points[0].unit === 'B' ? SIZE : TIME } })
    const width = { condition: { test: "datum.contender == 'Weir'", value: 3 }, value: 1.5 }
    return {
      title: { text: name },
      data: { values: points },
      width: 330,
      height: 190,
      encoding: { x, color },
      layer: [
        { mark: { type: 'rule', opacity: 0.4, strokeWidth: 4 }, encoding: { y: y('low'), y2: { field: 'high' } } },
        { mark: { type: 'line' }, encoding: { y: y('median'), strokeWidth: width } },
        { mark: { type: 'point', filled: true, size: 40, opacity: 1 }, encoding: { y: y('median') } },
      ],
    }
  }
  return svg(`Benchmark ${run.bench}: how cost grows`, {
    title: { text: `${run.bench}: how the time of an operation grows with n`, subtitle: 'Medians, from the 10th to the 90th percentile; both scales are logarithmic.', fontSize: 15, offset: 8 },
    columns: 2,
    spacing: { row: 24, column: 36 },
    concat: found.map(panel),
  })
}

/** Every peer in every scenario of all runs, beside Weir. */
export function summaryChart(runs) {
  const peers = runs.flatMap(({ cells }) => cells.filter(({ peer, ratio }) => peer && ratio > 0))
  const { scale, ticks } = logarithmic([...peers.map(({ ratio }) => ratio), 0.5, 2])
  const lanes = 7
  const values = peers.map((cell, index) => ({ bench: cell.bench, ratio: cell.ratio, lane: (index * 3) % lanes, kind: cell.kind }))
  const counts = [...grouped(peers, ({ bench }) => bench)].map(([bench, cells]) => ({
    bench,
    label: `Weir needs less in ${cells.filter(({ ratio }) => ratio > 1).length} of ${cells.length}`,
  }))
  const y = { field: 'bench', type: 'nominal', sort: null, axis: { title: null, domain: false, ticks: false, labelPadding: 8, labelColor: INK, labelFontSize: 12 } }
  const label = "datum.value == 1 ? 'as Weir' : format(datum.value, ',') + '×'"
  return svg('All benchmarks: every peer in every scenario, beside Weir', {
    title: { text: 'Every peer in every scenario, beside Weir', subtitle: `Each dot is one cell of the tables: the peer's median over Weir's. Right of the line Weir needs less. ${runs[0].run.machine.split('. ')[0]}.`, fontSize: 15, offset: 8 },
    width: 520,
    height: { step: 46 },
    data: { values },
    layer: [
      { data: { values: [{ one: 1 }] }, mark: { type: 'rule', color: INK, strokeWidth: 1.2 }, encoding: { x: { field: 'one', type: 'quantitative', scale } } },
      {
        mark: { type: 'point', filled: true, size: 42, opacity: 0.75 },
        encoding: {
          y: { ...y, scale: { paddingInner: 0.3 } },
          yOffset: { field: 'lane', type: 'quantitative', scale: { domain: [0, lanes - 1] } },
          x: { field: 'ratio', type: 'quantitative', scale, axis: { values: [...new Set([...ticks, 1])], title: null, labelExpr: label } },
          color: { field: 'kind', type: 'nominal', scale: { domain: [KINDS.slower, KINDS.faster], range: [PEER, LOST] } },
        },
      },
      { data: { values: counts }, mark: { type: 'text', align: 'left', fontSize: 11, color: INK }, encoding: { y, x: { value: 532 }, text: { field: 'label' } } },
    ],
  })
}

async function svg(name, spec) {
  const compiled = compile({ padding: 16, config: CONFIG, ...spec }).spec
  const drawn = await new vega.View(vega.parse(compiled), { renderer: 'none' }).toSVG()
  const dark = Object.entries(DARK).flatMap(([light, other]) => ['fill', 'stroke'].map((part) => `[${part}="${light}"]{${part}:${other}}`))
  const head = `<title>${name}</title><style>@media (prefers-color-scheme:dark){${dark.join('')}}</style>`
  return `${drawn.replace(/(<svg[^>]*)>/, `$1 role="img">${head}`)}\n`
}
