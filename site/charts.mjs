// Takes the figures of a run of the benchmarks into docs/benchmarks and draws them. Those of a model go to a page of
// their own, and there is only a picture of how cost grows:
//
//   node charts.mjs [FOLDER]   takes bench-*.json and bench-*.md from the folder, ../benchmarks/target unless given
//   node charts.mjs --check    fails if a chart or a table is not what the figures say
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { benchChart, growthChart, summaryChart } from './charts/draw.mjs'
import { cells, number } from './charts/figures.mjs'

const ORDER = ['ratelimit', 'retry', 'pool', 'fanout', 'channel', 'pipeline', 'growth', 'redis']
const MODELS = ['contention']
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'docs/benchmarks')
const pageOf = (name) => join(root, MODELS.includes(name) ? 'docs/performance.md' : 'docs/benchmarks.md')
const checks = process.argv[2] === '--check'
const problems = []

/** Paragraphs and list items, no line of them wider than 120; tables as they are. */
function filled(markdown) {
  const fill = (line) => {
    if (line.startsWith('|') || line.length <= 120) return line
    const indent = line.startsWith('- ') ? '  ' : ''
    const lines = ['']
    for (const word of line.split(' ')) {
      const last = lines.at(-1)
      if (last !== '' && last.length + 1 + word.length > 120) lines.push(indent + word)
      else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
    }
    return lines.join('\n')
  }
  return markdown.trim().split('\n').map(fill).join('\n')
}

/** A page as a start and its sections by name. */
function sections(page) {
  const [start, ...parts] = readFileSync(page, 'utf8').split(/^(?=## )/m)
  return { start, parts: new Map(parts.map((part) => [part.match(/^## (.*)$/m)[1], part])) }
}

/** Whether a cell of a table says the median, to the digit that it shows. */
function isRounded(says, median) {
  if (says === undefined || median === null) return says === '-' || says === number(median)
  return Math.abs(Number(says.replaceAll(',', '')) - median) <= (median < 1000 ? 0.0501 : 0.501)
}

const pictures = (name, growth) =>
  [
    ...(MODELS.includes(name) ? [] : [`![${name}: each contender's median and spread in each scenario](benchmarks/${name}.svg)\n`]),
    ...(growth ? [`![${name}: how cost grows with one number of the scenario](benchmarks/${name}-growth.svg)\n`] : []),
  ].join('\n')

/** Takes the figures of a run, not those of a quick one. */
function take(from) {
  const found = readdirSync(from).map((file) => file.match(/^bench-(.*)\.json$/)?.[1]).filter((name) => [...ORDER, ...MODELS].includes(name))
  for (const name of found) {
    const page = pageOf(name)
    const { start, parts } = sections(page)
    const run = JSON.parse(readFileSync(join(from, `bench-${name}.json`), 'utf8'))
    if (run.about.startsWith('Rounds so short')) {
      console.error(`${name}: left out, as its rounds were quick ones, whose figures mean nothing`)
      continue
    }
    mkdirSync(folder, { recursive: true })
    const { rows, goals, ...head } = run
    const lines = (items) => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(head).slice(0, -1)},\n"rows":${lines(rows)},\n"goals":${lines(goals)}}\n`)
    const [title, ...rest] = filled(readFileSync(join(from, `bench-${name}.md`), 'utf8')).split('\n')
    parts.set(name, `${title}\n\n${pictures(name, growthChart(run, cells(run)))}${rest.join('\n')}\n`)
    console.log(`${name}: taken from ${from}`)
    write(page, start, parts)
  }
}

function write(page, start, parts) {
  const names = [...ORDER.filter((name) => parts.has(name)), ...[...parts.keys()].filter((name) => !ORDER.includes(name))]
  writeFileSync(page, [start, ...names.map((name) => parts.get(name))].map((part) => part.trim()).join('\n\n') + '\n')
}

/** Writes a picture, or compares it with what is there. */
async function picture(name, drawing) {
  const file = join(folder, `${name}.svg`)
  const text = await drawing
  if (!checks) writeFileSync(file, text)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) problems.push(`docs/benchmarks/${name}.svg is not what the figures draw`)
}

if (!checks) take(process.argv[2] ?? join(root, 'benchmarks/target'))
const runs = []
for (const name of [...ORDER, ...MODELS].filter((some) => existsSync(join(folder, `${some}.json`)))) {
  const run = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
  const all = cells(run)
  if (!MODELS.includes(name)) {
    runs.push({ run, cells: all })
    await picture(name, benchChart(run, all))
  }
  const growth = growthChart(run, all)
  if (growth) await picture(`${name}-growth`, growth)
  const table = (sections(pageOf(name)).parts.get(name) ?? '').split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  for (const row of run.rows) {
    const says = table.find((cell) => cell[1] === row.scenario && cell[2] === row.contender)?.[3]
    if (!isRounded(says, row.nanosPerOperation.median)) problems.push(`${basename(pageOf(name))}, ${name}: ${row.scenario}, ${row.contender} says ${says}`)
  }
}
if (runs.length > 0) await picture('summary', summaryChart(runs))
if (problems.length > 0) {
  console.error(`${problems.join('\n')}\nnpm --prefix site run charts draws them again.`)
  process.exit(1)
}
